"""An MLLP server made of hl7apy as its manual shows: acknowledges feeds, answers every query that it found nobody.

Nobody would call it a PIX Manager; it shows what the suite says of a server that nobody here wrote.
Prints its address and serves until it is killed. Usage: hl7apy_manager.py [PORT]
"""

import sys
from datetime import datetime

from hl7apy.core import Message
from hl7apy.mllp import AbstractErrorHandler, AbstractHandler, MLLPServer, UnsupportedMessageType
from hl7apy.parser import parse_message


def header(answer, request, kind):
    answer.msh.msh_3, answer.msh.msh_4 = request.msh.msh_5, request.msh.msh_6
    answer.msh.msh_5, answer.msh.msh_6 = request.msh.msh_3, request.msh.msh_4
    answer.msh.msh_7 = datetime.now().strftime("%Y%m%d%H%M%S")
    answer.msh.msh_9, answer.msh.msh_11 = kind, "P"
    answer.msh.msh_10 = "A" + request.msh.msh_10.value


class Acknowledge(AbstractHandler):
    def reply(self):
        request = parse_message(self.incoming_message)
        answer = Message("ACK", version="2.5")
        header(answer, request, "ACK^%s^ACK" % request.msh.msh_9.msh_9_2.value)
        answer.msa.msa_1, answer.msa.msa_2 = "AA", request.msh.msh_10
        return answer.to_mllp()


class Nobody(AbstractHandler):
    def reply(self):
        request = parse_message(self.incoming_message, find_groups=False)
        answer = Message("RSP_K21", version="2.5")
        header(answer, request, "RSP^K23^RSP_K23")
        answer.msa.msa_1, answer.msa.msa_2 = "AA", request.msh.msh_10
        qak = answer.add_segment("QAK")
        qak.qak_1, qak.qak_2 = request.qpd.qpd_2, "NF"
        return answer.to_mllp().replace("RSP_K21", "RSP_K23")


class Refuse(AbstractErrorHandler):
    def reply(self):
        if not isinstance(self.exc, UnsupportedMessageType):
            raise self.exc
        request = parse_message(self.incoming_message, find_groups=False)
        answer = Message("ACK", version="2.5")
        header(answer, request, "ACK")
        answer.msa.msa_1, answer.msa.msa_2 = "AR", request.msh.msh_10
        return answer.to_mllp()


HANDLERS = {
    "ADT^A01^ADT_A01": (Acknowledge,),
    "ADT^A04^ADT_A01": (Acknowledge,),
    "ADT^A08^ADT_A01": (Acknowledge,),
    "ADT^A40^ADT_A39": (Acknowledge,),
    "QBP^Q23^QBP_Q21": (Nobody,),
    "ERR": (Refuse,),
}

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = MLLPServer("127.0.0.1", port, HANDLERS, timeout=5)
    print("%s:%d" % server.server_address, flush=True)
    server.serve_forever()
