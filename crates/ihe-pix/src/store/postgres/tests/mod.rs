mod cluster;
mod server;

use super::*;

#[test]
fn a_server_elsewhere_is_refused_unless_plain_text_is_meant() {
    for (text, refused) in [
        ("host=/run/postgresql user=pix", false),
        ("host=localhost user=pix", false),
        ("postgresql://pix@127.0.0.1,[::1]/pix", false),
        ("host=db.example user=pix", true),
        ("host=db.example user=pix sslmode=disable", false),
        ("host=localhost,db.example user=pix", true),
        ("host=localhost hostaddr=192.0.2.1 user=pix", true),
        ("host=127.0.0.1.example user=pix", true),
    ] {
        assert_eq!(session::config(text).is_err(), refused, "{text}");
    }
}

#[test]
fn a_connection_string_that_is_not_valid_is_not_repeated() {
    let Err(error) = session::config("host=localhost pasword=secret") else {
        panic!("taken");
    };
    assert!(!error.to_string().contains("secret"));
}
