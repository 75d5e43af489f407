//! The documents of the story: small, real CDA (HL7 CDA R2) and PDF 1.4.

use super::hospitals::Hospital;
use super::patients::Person;

/// A document that one place writes about one person
pub(crate) struct Sheet {
    /// Its title
    pub(crate) title: &'static str,
    /// LOINC code and its display name
    pub(crate) code: (&'static str, &'static str),
    /// What it says, in Japanese (CDA) or English (PDF: the standard fonts have no kanji)
    pub(crate) text: &'static str,
}

/// A discharge summary (退院時サマリー)
pub(crate) const SUMMARY: Sheet = Sheet {
    title: "退院時サマリー",
    code: ("18842-5", "Discharge summary"),
    text: "肺炎にて入院。抗菌薬で軽快し退院。かかりつけ医での経過観察をお願いします。",
};

/// A consultation note (診療情報提供書)
pub(crate) const LETTER: Sheet = Sheet {
    title: "診療情報提供書",
    code: ("11488-4", "Consultation Note"),
    text: "高血圧症で通院中。家庭血圧は安定しています。ご高診のほどお願いいたします。",
};

/// An imaging report, as PDF
pub(crate) const IMAGING: Sheet = Sheet {
    title: "Chest X-ray report",
    code: ("18748-4", "Diagnostic imaging study"),
    text: "Chest X-ray: right lower lobe infiltrate, resolved at follow-up.",
};

/// A CDA R2 document with a structured body
pub(crate) fn cda(
    sheet: &Sheet,
    author: &Hospital,
    id: &str,
    person: &Person,
    patient_id: &str,
) -> Vec<u8> {
    let (code, display) = sheet.code;
    let gender = person.sex;
    let time = chrono::Local::now().format("%Y%m%d%H%M%S%z");
    let institution = organization(author);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="JP"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <id root="{id}"/>
  <code code="{code}" codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC" displayName="{display}"/>
  <title>{title}</title>
  <effectiveTime value="{time}"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="ja-JP"/>
  <recordTarget>
    <patientRole>
      <id root="{domain}" extension="{patient_id}"/>
      <patient>
        <name use="IDE"><family>{family}</family><given>{given}</given></name>
        <name use="SYL"><family>{family_kana}</family><given>{given_kana}</given></name>
        <administrativeGenderCode code="{gender}" codeSystem="2.16.840.1.113883.5.1"/>
        <birthTime value="{birth}"/>
      </patient>
    </patientRole>
  </recordTarget>
  <author>
    <time value="{time}"/>
    <assignedAuthor>
      <id root="{domain}" extension="D001"/>
      <assignedPerson><name><family>医師</family><given>架空</given></name></assignedPerson>
      <representedOrganization>{institution}</representedOrganization>
    </assignedAuthor>
  </author>
  <custodian>
    <assignedCustodian>
      <representedCustodianOrganization>{institution}</representedCustodianOrganization>
    </assignedCustodian>
  </custodian>
  <component>
    <structuredBody>
      <component>
        <section>
          <code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>
          <title>{title}</title>
          <text>{text}</text>
        </section>
      </component>
    </structuredBody>
  </component>
</ClinicalDocument>
"#,
        title = sheet.title,
        domain = author.domain,
        family = person.family,
        given = person.given,
        family_kana = person.family_kana,
        given_kana = person.given_kana,
        birth = person.birth_date,
        text = sheet.text,
    )
    .into_bytes()
}

fn organization(hospital: &Hospital) -> String {
    format!(
        r#"<id root="{}"/><name>{}</name>"#,
        hospital.domain, hospital.japanese
    )
}

/// A one-page PDF 1.4 with a correct cross-reference table
pub(crate) fn pdf(sheet: &Sheet, author: &Hospital) -> Vec<u8> {
    let page = format!(
        "BT /F1 18 Tf 72 770 Td ({}) Tj /F1 11 Tf 0 -28 Td ({}) Tj 0 -18 Td ({}) Tj ET",
        literal(sheet.title),
        literal(author.name),
        literal(sheet.text)
    );
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    assemble(&objects)
}

fn assemble(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let start = bytes.len();
    let size = objects.len() + 1;
    bytes.extend(table.into_bytes());
    bytes.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
            .into_bytes(),
    );
    bytes
}

fn literal(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('(', "\\(")
        .replace(')', "\\)")
}

#[cfg(test)]
mod tests {
    use super::super::{hospitals::KITA, patients::HEROINE};
    use super::*;

    #[test]
    fn every_entry_of_the_pdf_cross_reference_table_points_at_its_object() {
        let bytes = pdf(&IMAGING, &KITA);
        let text = String::from_utf8_lossy(&bytes[15..]);
        let table = text.split("xref\n0 6\n").nth(1).unwrap();
        for (number, line) in table.lines().take(6).enumerate().skip(1) {
            let offset: usize = line[..10].parse().unwrap();
            assert!(
                bytes[offset..].starts_with(format!("{number} 0 obj").as_bytes()),
                "object {number}"
            );
        }
        let start: usize = text
            .split("startxref\n")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(bytes[start..].starts_with(b"xref\n"));
    }

    #[test]
    fn the_cda_names_the_patient_by_the_authors_own_id() {
        let text =
            String::from_utf8(cda(&SUMMARY, &KITA, "2.25.1", HEROINE, "0000410001")).unwrap();
        assert!(
            text.contains(
                r#"<id root="1.2.392.100495.20.3.51.11319999999" extension="0000410001"/>"#
            )
        );
        assert!(
            text.contains("<family>見本</family>")
                && text.trim_end().ends_with("</ClinicalDocument>")
        );
    }
}
