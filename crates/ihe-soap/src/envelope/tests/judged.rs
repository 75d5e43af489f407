//! What is refused of an envelope that can be read: addressing, roles, encodings, versions.

use super::{envelope, read, refusal};
use crate::envelope::parse;
use crate::fault::FaultCode;
use crate::limits::Limits;
use crate::ns::SOAP12;

#[test]
fn xds_t_002_a_request_needs_a_message_id_and_a_reply_does_not() {
    let xml = envelope("<a:Action>u</a:Action>", "<x:q/>");
    let parsed = || parse(xml.as_bytes(), &Limits::default()).expect("read");
    assert!(parsed().demand(false).is_ok());
    let refused = parsed().demand(true).expect_err("refused");
    let subcode = refused.fault.subcode.as_deref();
    assert_eq!(subcode, Some("wsa:MessageAddressingHeaderRequired"));
    assert!(
        refused
            .to_xml()
            .contains(">wsa:MessageID</wsa:ProblemHeaderQName>")
    );
}

#[test]
fn xds_t_002_a_header_given_twice_is_named_with_its_subcode() {
    for name in ["Action", "MessageID", "To", "ReplyTo", "FaultTo"] {
        let header = match name.strip_suffix("To") {
            None | Some("") => format!("<a:{name}>u</a:{name}>"),
            Some(_) => format!("<a:{name}><a:Address>u</a:Address></a:{name}>"),
        };
        let action = if name == "Action" {
            ""
        } else {
            "<a:Action>u</a:Action>"
        };
        let refused = refusal(&envelope(&(header.repeat(2) + action), "<x:q/>"));
        let xml = refused.to_xml();
        assert_eq!(
            refused.fault.subsubcode.as_deref(),
            Some("wsa:InvalidCardinality")
        );
        assert!(
            xml.contains(&format!(">wsa:{name}</wsa:ProblemHeaderQName>")),
            "{xml}"
        );
        assert!(
            xml.contains("<soap:Subcode><soap:Value xmlns:wsa="),
            "{xml}"
        );
    }
    let related = "<a:RelatesTo>1</a:RelatesTo><a:RelatesTo>2</a:RelatesTo><a:Action>u</a:Action>";
    let kept = read(&envelope(related, "<x:q/>")).expect("accepted");
    assert_eq!(kept.relates_to.as_deref(), Some("1"));
}

#[test]
fn xds_t_004_only_headers_for_our_roles_must_be_understood() {
    let role = |role: &str| {
        let header =
            format!("<x:h s:mustUnderstand='1' s:relay='true' {role}/><a:Action>u</a:Action>");
        read(&envelope(&header, "<x:q/>"))
            .err()
            .map(|refused| refused.fault.code)
    };
    let ours = "http://www.w3.org/2003/05/soap-envelope/role/";
    for mine in ["", "s:role=''"] {
        assert_eq!(role(mine), Some(FaultCode::MustUnderstand), "{mine}");
    }
    for mine in ["next", "ultimateReceiver"] {
        let role = role(&format!("s:role='{ours}{mine}'"));
        assert_eq!(role, Some(FaultCode::MustUnderstand), "{mine}");
    }
    assert_eq!(role(&format!("s:role='{ours}none'")), None);
    assert_eq!(role("s:role='urn:someone-else'"), None);
    // the same attribute in no namespace says nothing
    assert_eq!(
        role("role='urn:someone-else'"),
        Some(FaultCode::MustUnderstand)
    );
    let odd = "<x:h s:mustUnderstand='maybe'/><a:Action>u</a:Action>";
    assert_eq!(
        refusal(&envelope(odd, "<x:q/>")).fault.code,
        FaultCode::Sender
    );
}

#[test]
fn xds_t_004_every_header_that_is_not_understood_is_named() {
    let header = "<x:h s:mustUnderstand='1'/><n s:mustUnderstand='true'/><a:Action>u</a:Action>";
    let xml = refusal(&envelope(header, "<x:q/>")).to_xml();
    assert!(
        xml.contains("<soap:NotUnderstood xmlns:n=\"urn:x\" qname=\"n:h\"/>"),
        "{xml}"
    );
    assert!(xml.contains("<soap:NotUnderstood qname=\"n\"/>"), "{xml}");
    // WS-Addressing of August 2004 is another one
    let old = "<o:Action xmlns:o='http://schemas.xmlsoap.org/ws/2004/08/addressing' s:mustUnderstand='1'>u</o:Action>";
    assert_eq!(
        refusal(&envelope(old, "<x:q/>")).fault.code,
        FaultCode::MustUnderstand
    );
}

#[test]
fn xds_t_004_a_version_mismatch_names_the_envelope_we_take() {
    let other = refusal("<e:Envelope xmlns:e='http://www.w3.org/2001/12/soap-envelope'/>");
    assert_eq!(other.fault.code, FaultCode::VersionMismatch);
    let xml = other.to_xml();
    assert!(
        xml.contains("<soap:SupportedEnvelope qname=\"soap:Envelope\"/>"),
        "{xml}"
    );
    assert!(!other.soap11);
    let wrong = refusal(&format!("<Envelop xmlns='{SOAP12}'/>"));
    assert_eq!(wrong.fault.code, FaultCode::VersionMismatch);
}

#[test]
fn xds_t_001_a_data_encoding_is_refused_where_it_may_be_and_where_it_may_not() {
    let action = "<a:Action>u</a:Action>";
    let style = "s:encodingStyle='http://www.w3.org/2003/05/soap-encoding'";
    let none = "s:encodingStyle='http://www.w3.org/2003/05/soap-envelope/encoding/none'";
    let body = refusal(&envelope(action, &format!("<x:q {style}/>")));
    assert_eq!(body.fault.code, FaultCode::DataEncodingUnknown);
    assert_eq!(body.fault.http_status(), 500);
    let header = format!("{action}<x:h {style}/>");
    let header = refusal(&envelope(&header, "<x:q/>"));
    assert_eq!(header.fault.code, FaultCode::DataEncodingUnknown);
    assert!(read(&envelope(action, &format!("<x:q {none}/>"))).is_ok());
    for place in ["<s:Envelope ", "<s:Header", "<s:Body"] {
        let xml =
            envelope(action, "<x:q/>").replacen(place, &format!("{} {style} ", place.trim()), 1);
        assert_eq!(refusal(&xml).fault.code, FaultCode::Sender, "{xml}");
    }
}

#[test]
fn xds_t_003_the_action_of_the_header_counts_and_no_other() {
    let xml = envelope(
        "<a:Action>urn:header</a:Action><x:soapAction>urn:other</x:soapAction>",
        "<x:q/>",
    );
    assert_eq!(read(&xml).expect("accepted").action, "urn:header");
}
