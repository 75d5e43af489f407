"""Judges our data types by hl7apy (https://github.com/crs4/hl7apy, MIT).

    hl7apy_datatypes.py table tables/datatypes.tsv   compares the components of every type of version 2.5
    hl7apy_datatypes.py parse                        reads lines "TYPE<tab>HL7 text<tab>path=value ..." and lets hl7apy
                                                     parse the text; a value that is not where we say is an error

Exits with 1 and one line for each difference, with 2 when hl7apy is not installed.
"""
import sys

try:
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_field
    from hl7apy.v2_5.datatypes import DATATYPES
except ImportError:
    print("hl7apy is not installed: pip install hl7apy", file=sys.stderr)
    sys.exit(2)

# Where the two differ for a known reason: hl7apy writes a range inside a component as DR_SIMPLE and CQ_SIMPLE, because a
# component has no level left for theirs; we name HL7's type and look at its first part. hl7apy names four values of NA of
# the ten that the standard gives as an example.
SIMPLE = {"DR_SIMPLE": "DR", "CQ_SIMPLE": "CQ"}
ONLY_OURS = {f"NA_{n}" for n in range(5, 11)}


def table(path):
    with open(path, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    ours = {f"{code}_{number}": data_type for code, number, _, data_type, _, _ in rows}
    theirs = {key: SIMPLE.get(row[2], row[2]) for key, row in DATATYPES.items() if not key.startswith(tuple(SIMPLE))}
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key) and key not in ONLY_OURS:
            yield f"{key}: ours {ours.get(key)}, hl7apy {theirs.get(key)}"


FIELDS = {"CX": "PID_3", "XPN": "PID_5", "XAD": "PID_11", "XTN": "PID_13", "XCN": "PV1_7", "XON": "PD1_3", "PL": "PV1_3",
          "CE": "PID_10", "CWE": "ERR_3", "EI": "ORC_2", "HD": "MSH_3", "TS": "PID_7", "MSG": "MSH_9", "PT": "MSH_11",
          "VID": "MSH_12"}


def parse(lines):
    for line in lines:
        code, text, *wanted = line.rstrip("\n").split("\t")
        field = parse_field(text, FIELDS[code], version="2.5", validation_level=VALIDATION_LEVEL.TOLERANT)
        for place, value in (pair.split("=", 1) for pair in wanted):
            found = field
            for number in place.split("."):
                kind = found.datatype
                found = getattr(found, f"{kind.lower()}_{number}")
            if found.to_er7() != value:
                yield f"{code}-{place}: {found.to_er7()!r} instead of {value!r}"
        if field.to_er7() != text:
            yield f"{code}: written again as {field.to_er7()!r}"


problems = list(table(sys.argv[2]) if sys.argv[1] == "table" else parse(sys.stdin))
for problem in problems:
    print(problem)
sys.exit(1 if problems else 0)
