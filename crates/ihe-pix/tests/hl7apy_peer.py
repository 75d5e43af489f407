"""Builds A28, A40 and QBP with hl7apy, sends them over MLLP and judges the answers. Usage: hl7apy_peer.py PORT"""

import socket
import sys

from hl7apy.core import Message
from hl7apy.parser import parse_message

EAST = "&1.2.3.4.1000&ISO"


def header(message, control_id, kind):
    msh = message.msh
    msh.msh_3, msh.msh_4, msh.msh_5, msh.msh_6 = "HL7APY", "LAB", "PIX", "REGION"
    msh.msh_7, msh.msh_9, msh.msh_10, msh.msh_11 = "20260315093012", kind, control_id, "P"
    return message


def a28(control_id, number):
    message = header(Message("ADT_A05", version="2.5"), control_id, "ADT^A28^ADT_A05")
    message.evn.evn_2 = "20260315093000"
    message.pid.pid_3 = f"{number}^^^{EAST}^PI"
    message.pid.pid_5 = "O'Hara^Maeve^^^^^L"
    message.pid.pid_7, message.pid.pid_8 = "19580312", "F"
    message.pv1.pv1_2 = "N"
    return message


def a40(control_id, survivor, subsumed):
    message = header(Message("ADT_A39", version="2.5"), control_id, "ADT^A40^ADT_A39")
    message.evn.evn_2 = "20260315093000"
    group = message.add_group("adt_a39_patient")
    group.pid.pid_3 = f"{survivor}^^^{EAST}^PI"
    group.pid.pid_5 = "O'Hara^Maeve"
    group.mrg.mrg_1 = f"{subsumed}^^^{EAST}^PI"
    return message


def query(control_id, number):
    text = (
        f"MSH|^~\\&|HL7APY|LAB|PIX|REGION|20260315093012||QBP^Q23^QBP_Q21|{control_id}|P|2.5\r"
        f"QPD|IHE PIX Query|tag-{control_id}|{number}^^^{EAST}\rRCP|I\r"
    )
    return parse_message(text, find_groups=False)


def exchange(connection, message):
    connection.sendall(b"\x0b" + message.to_er7().encode() + b"\r\x1c\r")
    received = b""
    while not received.endswith(b"\x1c\r"):
        part = connection.recv(65536)
        if not part:
            sys.exit("the connection was closed")
        received += part
    return parse_message(received[1:-2].decode(), find_groups=False)


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: {found!r}, expected {wanted!r}")


def judge(reply, control_id, code):
    msa = reply.children.get("msa")[0]
    expect(f"MSA-2 of {control_id}", msa.msa_2.value, control_id)
    expect(f"MSA-1 of {control_id}", msa.msa_1.value, code)
    return reply


def main():
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as connection:
        for control_id, number in (("a1", "1"), ("a2", "2")):
            reply = judge(exchange(connection, a28(control_id, number)), control_id, "AA")
            expect("MSH-9", reply.msh.msh_9.to_er7(), "ACK^A28^ACK")
        judge(exchange(connection, a40("m1", "1", "2")), "m1", "AA")
        judge(exchange(connection, a40("m2", "1", "unknown")), "m2", "AA")
        judge(exchange(connection, query("q1", "1")), "q1", "AA")
        reply = judge(exchange(connection, query("q2", "2")), "q2", "AE")
        error = reply.children.get("err")[0]
        expect("ERR-2", error.err_2.to_er7(), "QPD^1^3^1^1")
        expect("ERR-3", error.err_3.err_3_1.value, "204")
        expect("QAK-2", reply.children.get("qak")[0].qak_2.value, "AE")
        wrong = a28("w1", "3")
        wrong.pid.pid_3 = "3^^^NOWHERE"
        reply = judge(exchange(connection, wrong), "w1", "AE")
        expect("ERR-2", reply.children.get("err")[0].err_2.to_er7(), "PID^1^3^1^4")
    print("hl7apy agrees")


main()
