//! Requests as text: SOAP 1.2 envelopes and the few ebXML bodies that are asked (ITI TF-2 3.18, appendix V).

/// The namespace of SOAP 1.2.
pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
/// The namespace of WS-Addressing 1.0.
pub const WSA: &str = "http://www.w3.org/2005/08/addressing";
/// wsa:Action of ITI-18.
pub const REGISTRY_STORED_QUERY: &str = "urn:ihe:iti:2007:RegistryStoredQuery";
/// FindDocuments.
pub const FIND_DOCUMENTS: &str = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d";

/// A simple SOAP request to `to`.
pub fn envelope(to: &str, action: &str, message_id: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP12}\" xmlns:a=\"{WSA}\"><s:Header>\
         <a:Action s:mustUnderstand=\"true\">{action}</a:Action><a:MessageID>{message_id}</a:MessageID>\
         <a:ReplyTo><a:Address>{WSA}/anonymous</a:Address></a:ReplyTo><a:To>{to}</a:To>\
         </s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// The Content-Type of a simple SOAP request.
pub fn content_type(action: &str) -> String {
    format!("application/soap+xml; charset=UTF-8; action=\"{action}\"")
}

/// A stored query for the approved documents of a patient (`ID^^^&OID&ISO`).
pub fn stored_query(query_id: &str, patient: &str) -> String {
    let patient = patient.replace('&', "&amp;");
    format!(
        "<q:AdhocQueryRequest xmlns:q=\"urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0\" \
         xmlns:r=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">\
         <q:ResponseOption returnComposedObjects=\"true\" returnType=\"LeafClass\"/>\
         <r:AdhocQuery id=\"{query_id}\">\
         <r:Slot name=\"$XDSDocumentEntryPatientId\"><r:ValueList><r:Value>'{patient}'</r:Value></r:ValueList></r:Slot>\
         <r:Slot name=\"$XDSDocumentEntryStatus\"><r:ValueList>\
         <r:Value>('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')</r:Value></r:ValueList></r:Slot>\
         </r:AdhocQuery></q:AdhocQueryRequest>"
    )
}
