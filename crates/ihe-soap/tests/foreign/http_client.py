"""Python's own HTTP client and MIME parser against the echo service."""
import email, email.policy, gzip, http.client, sys

ENVELOPE = (
    "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope' "
    "xmlns:a='http://www.w3.org/2005/08/addressing'><e:Header>"
    "<a:Action e:mustUnderstand='1'>urn:echo</a:Action><a:MessageID>urn:uuid:7</a:MessageID>"
    "</e:Header><e:Body><q/></e:Body></e:Envelope>"
).encode()
SOAP = {"Content-Type": "application/soap+xml; charset=UTF-8"}

connection = http.client.HTTPConnection(sys.argv[1], timeout=20)


def ask(body, headers, **more):
    connection.request("POST", "/service", body, headers, **more)
    answer = connection.getresponse()
    return answer, answer.read()


# one connection for all: keep-alive
answer, text = ask(ENVELOPE, SOAP)
assert answer.status == 200 and b"heard 0" in text, text
local = connection.sock.getsockname()
pieces = (ENVELOPE[n : n + 7] for n in range(0, len(ENVELOPE), 7))
answer, text = ask(pieces, SOAP, encode_chunked=True)
assert answer.status == 200, text
answer, text = ask(gzip.compress(ENVELOPE), {**SOAP, "Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
assert answer.status == 200, text
answer, text = ask(b"<broken", SOAP)
assert answer.status == 400 and b"soap:Sender" in text, text

# MTOM both ways; the root is the second part
boundary = "limit"
part = b"--limit\r\nContent-Type: a/b\r\nContent-ID: <p@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8h\r\n"
root = b"--limit\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\nContent-ID: <r@x>\r\n\r\n"
package = part + root + ENVELOPE + b"\r\n--limit--\r\n"
mtom = 'multipart/related; boundary=limit; type="application/xop+xml"; start="<r@x>"; start-info="application/soap+xml"'
answer, text = ask(package, {"Content-Type": mtom})
assert answer.status == 200, text
message = email.message_from_bytes(
    b"Content-Type: " + answer.getheader("Content-Type").encode() + b"\r\n\r\n" + text,
    policy=email.policy.HTTP,
)
assert message.get_content_type() == "multipart/related", message.get_content_type()
parts = list(message.iter_parts())
assert len(parts) == 1 and parts[0]["Content-ID"] == message.get_param("start"), parts
assert parts[0].get_content_type() == "application/xop+xml"
assert b"heard 6" in parts[0].get_payload(decode=True)
assert connection.sock.getsockname() == local, "the connection was not kept"
print("all well")
