#!/usr/bin/env python3
"""Links an exported city with Splink (pip install splink==5.0.0), as a peer for our matching.

    cargo run --release -p ihe-pix --features synthetic --example synthetic_people -- \
        --people 10000 --seed 7 --records 0 --csv > city.csv
    python3 crates/ihe-pix/benches/compare_splink.py city.csv --precision 0.9995

The model is what its guides recommend: text made comparable by what Python has (NFKC, one kana, no spaces), one
comparison for each of family name, given name, birth date, sex, address with phone, and insurance number, term
frequencies of names, u by random sampling, m by expectation maximisation. It is trained on the file it links and does
not see the columns `person` and `noise`. Pairs are counted twice: after records were put together by connected
components, as Splink does and as ours are counted, and as predicted.
"""

import argparse
import csv
import logging
import math
import sys
import tempfile
import time
import unicodedata
from collections import Counter

try:
    import duckdb
    import splink
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI
except ImportError as error:
    sys.exit(f"NOT RUN: Splink is not here ({error}); pip install splink==5.0.0")

NAMES = ["family_kanji", "given_kanji", "family_kana", "given_kana", "family_roman", "given_roman"]
OTHERS = ["birth_date", "sex", "postcode", "address", "phone", "phone_other", "insurance"]
THRESHOLDS = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]
# Hiragana and katakana are 0x60 apart.
KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def comparable(column, text):
    text = "".join(unicodedata.normalize("NFKC", text).translate(KATAKANA).upper().split())
    if column in ("phone", "phone_other", "insurance", "postcode"):
        text = "".join(c for c in text if c.isdigit())
    return text or None


def read(path):
    """The records, made comparable, and whose each one is."""
    rows, people = [], []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            record = {column: comparable(column, row[column]) for column in NAMES}
            record |= {column: comparable(column, row[column]) for column in OTHERS}
            rows.append([int(row["unique_id"]), *record.values()])
            people.append(int(row["person"]))
    return rows, people


def table(connection, rows):
    columns = ", ".join(f"{column} VARCHAR" for column in NAMES + OTHERS)
    connection.execute(f"CREATE TABLE records (unique_id BIGINT, {columns})")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
        file.flush()
        connection.execute(f"COPY records FROM '{file.name}' (HEADER false)")


def name(part):
    """Kanji, else kana, else Roman letters; each pair of records is compared by what both have."""
    kanji, kana, roman = (f"{part}_{script}" for script in ("kanji", "kana", "roman"))
    missing = " AND ".join(f"({c}_l IS NULL OR {c}_r IS NULL)" for c in (kanji, kana, roman))
    return cl.CustomComparison(
        output_column_name=part,
        comparison_levels=[
            {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
            cll.ExactMatchLevel(kanji).configure(tf_adjustment_column=kanji),
            cll.ExactMatchLevel(kana).configure(tf_adjustment_column=kana),
            cll.ExactMatchLevel(roman),
            cll.JaroWinklerLevel(kana, 0.88),
            cll.ElseLevel(),
        ],
    )


def contact():
    """Post code, address and phone in one: households share them, so they are not three independent signs."""
    phone = "list_has_any([phone_l, phone_other_l], [phone_r, phone_other_r])"
    near = "(postcode_l = postcode_r OR jaro_winkler_similarity(address_l, address_r) >= 0.95)"
    missing = "(phone_l IS NULL OR phone_r IS NULL) AND (address_l IS NULL OR address_r IS NULL)"
    return cl.CustomComparison(
        output_column_name="contact",
        comparison_levels=[
            {"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True},
            cll.CustomLevel(f"{phone} AND {near}", label_for_charts="phone and address"),
            cll.CustomLevel(phone, label_for_charts="phone"),
            cll.CustomLevel(near, label_for_charts="address"),
            cll.ElseLevel(),
        ],
    )


def insurance():
    """The whole number, or one of the two without its branch (a household shares the rest)."""
    return cl.CustomComparison(
        output_column_name="insurance",
        comparison_levels=[
            cll.NullLevel("insurance"),
            cll.ExactMatchLevel("insurance"),
            cll.CustomLevel(
                "starts_with(insurance_l, insurance_r) OR starts_with(insurance_r, insurance_l)",
                label_for_charts="one has a branch",
            ),
            cll.ElseLevel(),
        ],
    )


def settings():
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name("family"),
            name("given"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.ExactMatch("sex"),
            contact(),
            insurance(),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("insurance"),
            block_on("phone"),
            block_on("family_kana", "birth_date"),
            block_on("given_kana", "birth_date"),
            block_on("family_kanji", "given_kanji"),
            block_on("family_kana", "given_kana"),
            block_on("birth_date", "postcode"),
        ],
        retain_matching_columns=False,
    )


def train(linker):
    sure = [block_on("insurance", "birth_date"), block_on("family_kana", "given_kana", "birth_date")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    # Not by phone or address: whole households would be taken for one person.
    for rule in (block_on("birth_date"), block_on("family_kana", "given_kana")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


class Sets:
    """Records put together; knows its pairs and the right ones among them."""

    def __init__(self, people):
        self.parent = list(range(len(people)))
        self.people = [{person: 1} for person in people]
        self.size = [1] * len(people)
        self.linked = self.right = 0

    def find(self, one):
        while self.parent[one] != one:
            self.parent[one] = self.parent[self.parent[one]]
            one = self.parent[one]
        return one

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        if self.size[a] < self.size[b]:
            a, b = b, a
        self.linked += self.size[a] * self.size[b]
        for person, count in self.people[b].items():
            self.right += count * self.people[a].get(person, 0)
            self.people[a][person] = self.people[a].get(person, 0) + count
        self.size[a] += self.size[b]
        self.parent[b], self.people[b] = a, None


def curve(pairs, people):
    """After each weight, from the surest pair down: weight, then precision and recall of sets, then of pairs alone."""
    all_pairs = sum(count * (count - 1) // 2 for count in Counter(people).values())
    sets, right, last = Sets(people), 0, None
    for taken, (a, b, weight) in enumerate(pairs):
        if last is not None and weight != last:
            yield last, sets.right / sets.linked, sets.right / all_pairs, right / taken, right / all_pairs
        sets.join(a, b)
        right += people[a] == people[b]
        last = weight
    if last is not None:
        yield last, sets.right / sets.linked, sets.right / all_pairs, right / len(pairs), right / all_pairs


def weight_of(probability):
    return math.log2(probability / (1 - probability))


def told(points, wanted):
    """The last point of each threshold, and the one of the best recall at the precision wanted."""
    at, best = {}, None
    for point in points:
        for threshold in THRESHOLDS:
            if point[0] >= weight_of(threshold):
                at[threshold] = point
        if point[1] >= wanted and (best is None or point[2] > best[2]):
            best = point
    return at, best


def show(label, point):
    if point is None:
        print(f"{label}\tnever")
    else:
        weight, *shares = point
        print(f"{label}\t" + "\t".join(f"{share:.5f}" for share in shares) + f"\t{weight:.1f}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("csv", help="as `synthetic_people --csv` and `match-report --csv` write it")
    options.add_argument("--precision", type=float, default=0.9995, help="ours, to compare recall at (0.9995)")
    options = options.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows, people = read(options.csv)
    connection = duckdb.connect()
    table(connection, rows)
    database = DuckDBAPI(connection)
    linker = Linker(database.register("records", table_name="city"), settings(), log_level=logging.ERROR)

    begun = time.monotonic()
    train(linker)
    trained = time.monotonic()
    predicted = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    predicted_at = time.monotonic()
    linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.999)
    clustered = time.monotonic()

    pairs = connection.execute(
        "SELECT unique_id_l, unique_id_r, match_weight"
        f" FROM {predicted.physical_name} ORDER BY match_weight DESC"
    ).fetchall()
    at, best = told(curve(pairs, people), options.precision)
    print(f"Splink {splink.__version__}, DuckDB {duckdb.__version__}: {len(rows)} records, {len(pairs)} pairs above 0.5")
    print("probability\tprecision\trecall\tpair precision\tpair recall\tlowest weight taken")
    for threshold in THRESHOLDS:
        show(str(threshold), at.get(threshold))
    show(f"best at precision >= {options.precision}", best)
    print(f"training {trained - begun:.1f} s, prediction {predicted_at - trained:.1f} s, clusters {clustered - predicted_at:.1f} s")


if __name__ == "__main__":
    main()
