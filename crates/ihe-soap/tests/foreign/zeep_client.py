"""zeep, a SOAP client that reads WSDL, with WS-Addressing because the WSDL names actions."""
import pathlib, sys
import zeep

wsdl = pathlib.Path(__file__).with_name("echo.wsdl")
client = zeep.Client(str(wsdl))
service = client.create_service("{urn:test:echo}EchoBinding", sys.argv[1])
assert service.Echo(text="山田 < & >") == "heard 0"
try:
    service.Refuse(text="x")
    raise SystemExit("not refused")
except zeep.exceptions.Fault as fault:
    assert "Sender" in fault.code, fault.code
    assert any("ActionNotSupported" in str(code) for code in fault.subcodes), fault.subcodes
    assert "urn:no" in fault.message
print("all well")
