//! The data types as hl7apy has them.

use super::judged;
use hl7v2::datatype::{
    Cwe, Cx, Dr, Dtm, Ei, FamilyParts, Hd, Msg, Pl, Sad, Ts, Xad, Xcn, Xon, Xpn, Xtn,
};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tables/datatypes.tsv");

#[test]
#[ignore = "needs python3 with hl7apy"]
fn the_table_of_components_is_that_of_hl7apy() {
    judged("datatypes.py", &["table", TABLE], "");
}

#[test]
#[ignore = "needs python3 with hl7apy"]
fn hl7apy_finds_every_value_where_we_put_it() {
    judged(
        "datatypes.py",
        &["parse"],
        &[ids(), names(), places(), others()].concat(),
    );
}

fn hospital() -> Hd {
    Hd {
        namespace_id: "HOSP".into(),
        ..Hd::oid("1.2.3")
    }
}

fn ids() -> String {
    let cx = Cx {
        check_digit: "4".into(),
        check_digit_scheme: "M11".into(),
        identifier_type_code: "PI".into(),
        assigning_facility: Hd::oid("1.9"),
        expiration_date: "20301231".into(),
        assigning_jurisdiction: Some(Box::new(Cwe::new("JPN", "Japan", "ISO3166"))),
        ..Cx::new("1234567", hospital())
    };
    let order = Ei::new("4711", &hospital());
    let of = Xon {
        assigning_authority: hospital(),
        organization_identifier: "A-1".into(),
        ..Xon::new("City Hospital")
    };
    format!(
        "CX\t{cx}\t1=1234567\t3=M11\t4.1=HOSP\t4.2=1.2.3\t5=PI\t6.3=ISO\t8=20301231\t9.3=ISO3166\n\
         EI\t{order}\t1=4711\t2=HOSP\t4=ISO\n\
         HD\t{}\t1=HOSP\t2=1.2.3\t3=ISO\n\
         XON\t{of}\t1=City Hospital\t6.2=1.2.3\t10=A-1\n",
        hospital().to_field()
    )
}

fn names() -> String {
    let parts = Some(Box::new(FamilyParts {
        own_surname_prefix: "van".into(),
        own_surname: "Beethoven".into(),
        ..FamilyParts::default()
    }));
    let range = Some(Box::new(Dr {
        start: "19700101".into(),
        end: "19991231".into(),
        ..Dr::default()
    }));
    let name = Xpn {
        family_parts: parts.clone(),
        name_type_code: "L".into(),
        representation: "A".into(),
        validity_range: range,
        professional_suffix: "MD".into(),
        ..Xpn::new("van Beethoven", "Ludwig")
    };
    let doctor = Xcn {
        family_parts: parts,
        given: "Ludwig".into(),
        assigning_authority: hospital(),
        name_type_code: "L".into(),
        representation: "I".into(),
        assigning_agency_or_department: Some(Box::new(Cwe::new("X", "", "99A"))),
        ..Xcn::new("110", "van Beethoven")
    };
    format!(
        "XPN\t{name}\t1.1=van Beethoven\t1.2=van\t1.3=Beethoven\t2=Ludwig\t7=L\t8=A\t10.2=19991231\t14=MD\n\
         XCN\t{doctor}\t1=110\t2.1=van Beethoven\t2.3=Beethoven\t3=Ludwig\t9.2=1.2.3\t10=L\t15=I\t23.3=99A\n"
    )
}

fn places() -> String {
    let address = Xad {
        street_address: Sad {
            street_or_mailing_address: "1 Main St".into(),
            street_name: "Main St".into(),
            dwelling_number: "1".into(),
            ..Sad::default()
        },
        city: "Osaka".into(),
        country: "JPN".into(),
        address_type: "H".into(),
        expiration_date: "20301231".into(),
        ..Xad::default()
    };
    let telephone = Xtn {
        use_code: "PRN".into(),
        equipment_type: "PH".into(),
        country_code: "81".into(),
        local_number: "55550100".into(),
        unformatted_telephone_number: "03-5555-0100".into(),
        ..Xtn::default()
    };
    let bed = Pl {
        point_of_care: "32".into(),
        bed: "1".into(),
        facility: hospital(),
        comprehensive_location_identifier: Ei::new("9", &hospital()),
        ..Pl::default()
    };
    format!(
        "XAD\t{address}\t1.1=1 Main St\t1.2=Main St\t1.3=1\t3=Osaka\t6=JPN\t7=H\t14=20301231\n\
         XTN\t{telephone}\t2=PRN\t3=PH\t5=81\t7=55550100\t12=03-5555-0100\n\
         PL\t{bed}\t1=32\t3=1\t4.2=1.2.3\t10.1=9\t10.3=1.2.3\n"
    )
}

fn others() -> String {
    let code = Cwe {
        original_text: "words".into(),
        ..Cwe::new("a", "b", "L")
    };
    let born: Dtm = "19700215093012.1234+0900".parse().expect("a time");
    let message = Msg {
        message_code: "ADT".into(),
        trigger_event: "A08".into(),
        message_structure: "ADT_A01".into(),
        ..Msg::default()
    };
    format!(
        "CWE\t{code}\t1=a\t3=L\t9=words\n\
         TS\t{}\t1=19700215093012.1234+0900\n\
         MSG\t{message}\t1=ADT\t2=A08\t3=ADT_A01\n",
        Ts::from(born)
    )
}
