"""Builds PDQ queries and judges our answers by hl7apy (https://github.com/crs4/hl7apy, MIT).

    hl7apy_pdq.py build-demographics | build-visits | build-unknown-domain    writes a query
    hl7apy_pdq.py judge-...                                                   reads the answer to it

Exits with 1 and one line for what is wrong, with 2 when hl7apy is not installed.
"""
import sys

try:
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.core import Message
    from hl7apy.parser import parse_message, parse_segments
except ImportError:
    print("hl7apy is not installed: pip install hl7apy", file=sys.stderr)
    sys.exit(2)


def build(trigger, parameters, domain=""):
    query = Message("QBP_Q21", version="2.5", validation_level=VALIDATION_LEVEL.TOLERANT)
    query.msh.msh_3, query.msh.msh_4, query.msh.msh_5, query.msh.msh_6 = "CON", "WARD", "PDQ", "REGION"
    query.msh.msh_7, query.msh.msh_10, query.msh.msh_11 = "20260315093012", "77", "P"
    query.msh.msh_9 = f"QBP^{trigger}^QBP_Q21"
    query.msh.msh_18 = "UNICODE UTF-8"
    # Field by field hl7apy would escape the ~ between the parameters.
    query.qpd.value = f"QPD|IHE PDQ Query|T1|{'~'.join(parameters)}|||||{domain}"
    query.rcp.rcp_1, query.rcp.rcp_2 = "I", "2^RD"
    sys.stdout.buffer.write(query.to_er7().encode())


def lines(answer):
    return [line for line in answer.split("\r") if line]


def expect(what, found, wanted):
    if found != wanted:
        print(f"{what}: found {found!r}, wanted {wanted!r}", file=sys.stderr)
        sys.exit(1)


def segments(answer, name):
    return [one for one in parse_segments("\r".join(lines(answer)[1:]), version="2.5") if one.name == name]


def judge_answer(answer, structure, names):
    # hl7apy knows RSP_K21 with one QUERY_RESPONSE group; ZV2 is IHE's own and has no structure there.
    if structure == "RSP_K21":
        message = parse_message(answer, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=False)
        expect("structure", message.name, structure)
        expect("MSH-3", message.msh.msh_3.to_er7(), "PDQ")
    expect("MSA", [one.to_er7() for one in segments(answer, "MSA")], ["MSA|AA|77"])
    expect("QAK", [one.to_er7() for one in segments(answer, "QAK")], ["QAK|T1|OK"])
    people = segments(answer, "PID")
    expect("given names", [one.pid_5[0].xpn_2.to_er7() for one in people], names)
    expect("authority", people[0].pid_3[0].cx_4.hd_2.to_er7(), "1.2.3.4.1000")
    expect("kana", people[0].pid_5[1].xpn_1.fn_1.to_er7(), "ヤマダ")
    expect("birth date", people[0].pid_7.ts_1.to_er7(), "19580312")
    expect("post code", people[0].pid_11.xad_5.to_er7(), "1000001")
    expect("DSC-2", [one.dsc_2.to_er7() for one in segments(answer, "DSC")], ["I"])


def main(step):
    step, _, what = step.partition("-")
    if step == "build":
        build(*{
            "demographics": ("Q22", ["@PID.5.1.1^ヤマ*", "@PID.7.1^1958"]),
            "visits": ("ZV1", ["@PV1.3.2^389"]),
            "unknown-domain": ("Q22", ["@PID.8^F"], "^^^NOWHERE"),
        }[what])
        return
    answer = sys.stdin.buffer.read().decode()
    if what == "demographics":
        judge_answer(answer, "RSP_K21", ["花子", "月子"])
    elif what == "visits":
        judge_answer(answer, "RSP_ZV2", ["花子", "月子"])
        visits = segments(answer, "PV1")
        expect("rooms", [one.pv1_3.pl_2.to_er7() for one in visits], ["389", "389"])
    else:
        expect("MSA-1", segments(answer, "MSA")[0].msa_1.to_er7(), "AE")
        error = segments(answer, "ERR")[0]
        expect("ERR-2", error.err_2.to_er7(), "QPD^1^8^1")
        expect("ERR-3", error.err_3.cwe_1.to_er7(), "204")


main(sys.argv[1])
