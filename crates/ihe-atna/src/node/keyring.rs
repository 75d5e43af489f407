//! The certificates, keys, trust and revocation lists in use: replaced as a whole when files
//! change, kept when what the files hold now is no good.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::node::expiry::{self, CertificateStatus};
use crate::node::files::Look;
use crate::node::identity::Identity;
use crate::node::tls::{Configurations, Now};
use crate::node::trust::TrustAnchors;

/// What is in use, and what last went wrong.
pub(crate) struct Keyring {
    now: Now,
    current: RwLock<Arc<Loaded>>,
    /// What the files looked like when they were last read.
    seen: Mutex<Look>,
    problem: Mutex<Option<String>>,
}

/// One state of all files.
pub(crate) struct Loaded {
    pub(crate) identity: Identity,
    pub(crate) anchors: TrustAnchors,
    pub(crate) configurations: Configurations,
    pub(crate) since: DateTime<Utc>,
}

impl Keyring {
    pub(crate) fn new(
        identity: Identity,
        anchors: TrustAnchors,
        now: Now,
    ) -> Result<Keyring, Error> {
        let loaded = Loaded::new(identity, anchors, &now)?;
        Ok(Keyring {
            now,
            seen: Mutex::new(loaded.look()),
            current: RwLock::new(Arc::new(loaded)),
            problem: Mutex::new(None),
        })
    }

    pub(crate) fn current(&self) -> Arc<Loaded> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.now)().into()
    }

    /// Reads every file again and uses what they hold, or keeps what is in use. Blocks on disk.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let old = self.current();
        // Before the files are read: what changes meanwhile is a change still.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = old.look();
        let read = || Loaded::new(old.identity.reread()?, old.anchors.reread()?, &self.now);
        let (outcome, problem) = match read() {
            Ok(loaded) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::new(loaded);
                (Ok(()), None)
            }
            Err(error) => {
                let text = error.to_string();
                (Err(error), Some(text))
            }
        };
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
        outcome
    }

    /// Whether a file is not what was last read, well or ill. Blocks on disk.
    pub(crate) fn changed(&self) -> bool {
        let now = self.current().look();
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen != now
    }

    pub(crate) fn status(&self) -> CertificateStatus {
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        expiry::status(&self.current(), self.now(), problem.clone())
    }
}

impl Loaded {
    fn new(identity: Identity, anchors: TrustAnchors, now: &Now) -> Result<Loaded, Error> {
        Ok(Loaded {
            configurations: Configurations::new(&identity, &anchors, now)?,
            identity,
            anchors,
            since: now().into(),
        })
    }

    fn look(&self) -> Look {
        Look::at(self.identity.files().chain(self.anchors.files()))
    }
}
