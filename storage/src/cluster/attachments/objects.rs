//! A bucket of an object store that speaks S3: each content is one object, cut into parts on its way in and into windows on its way out.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{Certificate, ClientOptions};
use object_store::path::Path;
use object_store::{BackoffConfig, MultipartUpload, ObjectStore as _, ObjectStoreExt as _, PutPayload, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// The bytes of a part, but for the last one of a content. Object stores want at least 5 MiB.
pub(super) const PART_BYTES: usize = 8 << 20;
/// How much of a content is asked for at a time, in bytes.
pub(super) const WINDOW_BYTES: u64 = 1 << 20;
/// How often a request is sent again at most, within its time limit.
const RETRIES_MAX: usize = 5;
/// How long to wait before the first of these, and before any.
const RETRY_AFTER: Duration = Duration::from_millis(100);
const RETRY_AFTER_MAX: Duration = Duration::from_secs(1);

/// Which bucket, and how it is reached.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name. It must be there.
    pub name: String,
    /// The region; what the object store calls its own.
    pub region: String,
    /// `https://host[:port]` of an object store that is not that of Amazon; the bucket is then the first part of the path.
    pub endpoint: Option<String>,
    /// What the names of the objects begin with, without a slash at either end.
    pub prefix: String,
    /// The access key and its secret; those of the machine, as the tools of Amazon find them, when nothing is said.
    pub login: Option<(String, SecretString)>,
    /// PEM file of the authorities that are trusted besides those of the system.
    pub authorities: Option<PathBuf>,
    /// How long a request may take, those that are sent again included.
    pub request_timeout: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// Parts of one upload that are being sent at once: so many times 8 MiB of memory, and one that is filled.
    pub upload_parts_in_flight: usize,
}

/// Why the bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The file of authorities cannot be read.
    #[error("the authorities in {path} cannot be read")]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its name, the address or a certificate is not what it should be.
    #[error("the object store cannot be addressed")]
    Address(#[source] object_store::Error),
    /// It does not answer, lets nobody in, or has no such bucket.
    #[error("bucket {name} of the object store cannot be read")]
    Unreached {
        /// Its name.
        name: String,
        /// Why.
        source: object_store::Error,
    },
}

/// The objects of a bucket. Clones are the same.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Objects {
    store: Arc<AmazonS3>,
    prefix: Path,
    pub(super) upload_parts_in_flight: usize,
}

impl Objects {
    /// Reaches the bucket, and looks whether it may be read.
    pub(in crate::cluster) async fn connect(bucket: &Bucket) -> Result<Self, BucketError> {
        let objects = Self::new(bucket)?;
        let nothing = objects.prefix.clone().join("nothing");
        let probe = objects.store.list_with_delimiter(Some(&nothing)).await;
        probe.map_err(|source| BucketError::Unreached { name: bucket.name.clone(), source })?;
        Ok(objects)
    }

    fn new(bucket: &Bucket) -> Result<Self, BucketError> {
        let mut client =
            ClientOptions::new().with_timeout(bucket.request_timeout).with_connect_timeout(bucket.connect_timeout);
        if let Some(path) = &bucket.authorities {
            let read = std::fs::read(path);
            let pem = read.map_err(|source| BucketError::Authorities { path: path.clone(), source })?;
            for certificate in Certificate::from_pem_bundle(&pem).map_err(BucketError::Address)? {
                client = client.with_root_certificate(certificate);
            }
        }
        let retry = RetryConfig {
            backoff: BackoffConfig { init_backoff: RETRY_AFTER, max_backoff: RETRY_AFTER_MAX, base: 2.0 },
            max_retries: RETRIES_MAX,
            retry_timeout: bucket.request_timeout,
        };
        let builder = if bucket.login.is_some() { AmazonS3Builder::new() } else { AmazonS3Builder::from_env() };
        let mut builder = builder
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_retry(retry)
            .with_client_options(client);
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some((key, secret)) = &bucket.login {
            builder = builder.with_access_key_id(key).with_secret_access_key(secret.expose_secret());
        }
        let store = Arc::new(builder.build().map_err(BucketError::Address)?);
        let prefix = Path::from(bucket.prefix.as_str());
        Ok(Self { store, prefix, upload_parts_in_flight: bucket.upload_parts_in_flight.max(1) })
    }

    fn path(&self, id: Uuid) -> Path {
        self.prefix.clone().join(id.to_string())
    }

    /// Writes a content at once.
    pub(super) async fn put(&self, id: Uuid, bytes: Bytes) -> Result<(), object_store::Error> {
        self.store.put(&self.path(id), PutPayload::from_bytes(bytes)).await.map(drop)
    }

    /// Begins a content of several parts. Nobody sees it before it is complete.
    pub(super) async fn begin(&self, id: Uuid) -> Result<Box<dyn MultipartUpload>, object_store::Error> {
        self.store.put_multipart(&self.path(id)).await
    }

    /// Some bytes of a content.
    pub(super) async fn read(&self, id: Uuid, range: Range<u64>) -> Result<Bytes, object_store::Error> {
        self.store.get_range(&self.path(id), range).await
    }

    /// Removes a content. One that is not there is no fault.
    pub(super) async fn remove(&self, id: Uuid) -> Result<(), object_store::Error> {
        match self.store.delete(&self.path(id)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            removed => removed,
        }
    }
}
