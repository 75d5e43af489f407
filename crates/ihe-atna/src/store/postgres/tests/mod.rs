//! Against a server that the tests start themselves.

mod cluster;

use cluster::Cluster;

use super::PostgresStore;
use crate::store::RecordStore;
use crate::store::tests::contract;

#[tokio::test]
#[ignore = "starts a PostgreSQL server"]
async fn atna_r_028_postgres_store_keeps_the_contract_and_its_records() {
    let cluster = Cluster::start();
    let config = cluster.schema("first").await;
    contract::check(PostgresStore::open(&config).await.expect("made")).await;
    let again = PostgresStore::open(&config).await.expect("opened again");
    assert_eq!(again.count().await.expect("counted"), 5);
    let other = PostgresStore::open(&cluster.schema("second").await).await;
    let other = other.expect("another schema is another store");
    assert_eq!(other.applied().await.expect("read"), 0);
}

#[tokio::test]
async fn a_server_elsewhere_is_refused_without_tls_and_no_password_is_told() {
    for config in ["host=db.example password=SECRET", "port=x password=SECRET"] {
        let refused = PostgresStore::open(config)
            .await
            .expect_err("refused")
            .to_string();
        assert!(
            !refused.contains("SECRET") && refused.lines().count() == 1,
            "{refused}"
        );
    }
}
