//! Where a bucket is, and who we are there.

use crate::store::StoreError;
use object_store::aws::AmazonS3Builder;
use object_store::{Certificate, ClientOptions, ObjectStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Longest time in which no octet comes from the bucket.
const SILENCE: Duration = Duration::from_secs(60);

/// A bucket of Amazon S3 or of a server that speaks its protocol. Without a key the credentials come from the
/// environment of the machine (`AWS_ACCESS_KEY_ID` and the like, or its instance role).
#[derive(Clone)]
pub struct S3 {
    builder: AmazonS3Builder,
    options: ClientOptions,
    bucket: String,
    prefix: String,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3")
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

impl S3 {
    /// The bucket of this name.
    pub fn new(bucket: &str) -> Self {
        Self {
            builder: AmazonS3Builder::from_env().with_bucket_name(bucket),
            options: ClientOptions::new()
                .with_timeout_disabled()
                .with_read_timeout(SILENCE),
            bucket: bucket.to_owned(),
            prefix: String::new(),
        }
    }

    /// In an AWS region, such as `ap-northeast-1`.
    pub fn in_region(mut self, region: &str) -> Self {
        self.builder = self.builder.with_region(region);
        self
    }

    /// At a server of this URL, `https://host[:port]`; `http` only if it says so.
    pub fn at(mut self, endpoint: &str) -> Self {
        self.builder = self.builder.with_endpoint(endpoint);
        self.options = self
            .options
            .with_allow_http(endpoint.starts_with("http://"));
        self
    }

    /// With an access key id and its secret.
    pub fn with_key(mut self, id: &str, secret: &str) -> Self {
        self.builder = self
            .builder
            .with_access_key_id(id)
            .with_secret_access_key(secret);
        self
    }

    /// Begins the name of every object with this text, such as `documents/`.
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    /// Trusts this CA (PEM) too, beside those of the machine.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if it is not a certificate.
    pub fn trusting(mut self, pem: &[u8]) -> Result<Self, StoreError> {
        let certificate = Certificate::from_pem(pem)?;
        self.options = self.options.with_root_certificate(certificate);
        Ok(self)
    }

    pub(super) fn connect(self) -> Result<(Arc<dyn ObjectStore>, String), StoreError> {
        let builder = self.builder.with_client_options(self.options);
        Ok((Arc::new(builder.build()?), self.prefix))
    }
}
