mod cluster;
mod server;

use super::*;

#[test]
fn a_server_elsewhere_is_refused_unless_plain_text_is_meant() {
    for (text, refused) in [
        ("host=/run/postgresql user=xds", false),
        ("host=localhost user=xds", false),
        ("postgresql://xds@127.0.0.1,[::1]/xds", false),
        ("host=db.example user=xds", true),
        ("host=db.example user=xds sslmode=disable", false),
        ("host=localhost,db.example user=xds", true),
        ("host=localhost hostaddr=192.0.2.1 user=xds", true),
        ("host=127.0.0.1.example user=xds", true),
    ] {
        assert_eq!(config::parse(text).is_err(), refused, "{text}");
    }
}

#[test]
fn a_connection_string_that_is_not_valid_is_not_repeated() {
    let Err(error) = config::parse("host=localhost pasword=secret") else {
        panic!("taken");
    };
    assert!(!error.to_string().contains("secret"));
}
