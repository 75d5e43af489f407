"""Foreign judge of the message structures: HL7apy.

  tables DIR   the structures and segments in DIR are those of HL7apy
  judge        messages on stdin, one block each: a line `good TREE` or `bad`, then the segments, then an empty line
"""
import importlib, re, sys

VERSIONS = {"2.5": "v2_5", "2.3.1": "v2_3_1"}


def tree_of_text(body):
    """Our notation as (name, least, most, parts or None); a choice has the name of its segments."""
    tokens = re.findall(r"[A-Z0-9_]+|\S", body)

    def item(least, most):
        token = tokens.pop(0)
        if token in "[{(":
            least, most = (0, most) if token == "[" else (least, -1) if token == "{" else (least, most)
            if tokens[1] == ":":
                name = tokens.pop(0)
                tokens.pop(0)
                node = (name, least, most, items())
            else:
                node = item(least, most)
            tokens.pop(0)
            return node
        if token == "<":
            end = tokens.index(">")
            names = "".join(tokens[:end])
            del tokens[: end + 1]
            return names, least, most, None
        return token, least, most, None

    def items():
        found = []
        while tokens and tokens[0] not in "]})":
            found.append(item(1, 1))
        return found

    return items()


def tree_of_hl7apy(structure, reference):
    def node(name, ref, card, kind):
        if kind == "SEG":
            return name, *card, None
        if ref[0] == "choice":
            return "|".join(part[0] for part in ref[1]), *card, None
        return name[len(structure) + 1 :], *card, [node(*part) for part in ref[1]]

    return [node(*part) for part in reference[1]]


def lines(path):
    return [line.rstrip("\n") for line in open(path, encoding="utf-8") if line.strip() and line[0] != "#"]


def tables(folder):
    wrong = []
    for version, module in VERSIONS.items():
        messages = importlib.import_module(f"hl7apy.{module}.messages").MESSAGES
        segments = importlib.import_module(f"hl7apy.{module}.segments").SEGMENTS
        structures = lines(f"{folder}/structures-{version}.txt")
        for line in structures:
            name, body = line.split(" = ")
            if tree_of_text(body) != tree_of_hl7apy(name, messages[name]):
                wrong.append(f"{version} {name}")
        theirs = {}
        ours = [tuple((line.split("\t") + [""])[:7]) for line in lines(f"{folder}/segments-{version}.tsv")]
        for name in {row[0] for row in ours}:
            for field, ref, card, _ in segments[name][1]:
                theirs[name, field.split("_")[1]] = (ref[2], "R" if card[0] else "O", "*" if card[1] == -1 else "1", (ref[4] or "")[3:])
        mine = {(row[0], row[1]): (row[3], row[4], row[5], row[6]) for row in ours}
        wrong += [f"{version} {key}" for key in theirs.keys() | mine.keys() if theirs.get(key) != mine.get(key)]
        print(f"{version}: {len(structures)} structures, {len(mine)} fields compared")
        if len(structures) < 20 or len(mine) < 500:
            wrong.append("too few to mean anything")
    return wrong


def shown(element, structure):
    parts = []
    for child in element.children:
        name = child.name
        parts.append(name if child.classname == "Segment" else f"{name[len(structure) + 1 :]}({shown(child, structure)})")
    return " ".join(parts)


def judge(text):
    from hl7apy.parser import parse_message
    from hl7apy.exceptions import HL7apyException
    from hl7apy.consts import VALIDATION_LEVEL

    wrong, judged = [], 0
    for block in filter(None, text.split("\n\n")):
        verdict, *segments = block.strip().split("\n")
        judged += 1
        message = parse_message("\r".join(segments) + "\r", validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
        try:
            accepted = message.validate()
        except HL7apyException as error:
            accepted, reason = False, error
        if verdict == "bad" and accepted:
            wrong.append(f"HL7apy accepts {segments}")
        if verdict.startswith("good") and not accepted:
            wrong.append(f"HL7apy refuses {segments}: {reason}")
        theirs = shown(message, message.name)
        if verdict.startswith("good") and verdict[5:] != theirs:
            wrong.append(f"groups: ours {verdict[5:]}\n        theirs {theirs}")
    print(f"{judged} messages judged")
    return wrong if judged else ["no messages"]


problems = tables(sys.argv[2]) if sys.argv[1] == "tables" else judge(sys.stdin.read())
print("\n".join(problems))
sys.exit(bool(problems))
