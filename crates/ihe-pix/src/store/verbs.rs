//! The verbs of a store, for every store that is [`Identities`](super::identities::Identities) over a backend.

/// `IdentityStore` and `Shelf` for a type with a field `identities`.
macro_rules! verbs {
    ($store:ty) => {
        impl $crate::store::IdentityStore for $store {
            async fn apply(
                &self,
                action: $crate::identity::Action,
                by: $crate::identity::By,
            ) -> Result<$crate::store::Applied, $crate::store::ApplyError> {
                self.identities.apply(action, by).await
            }

            async fn cross_references(
                &self,
                id: &hl7v2::datatype::Cx,
                domains: &[hl7v2::datatype::Hd],
            ) -> Result<Option<Vec<hl7v2::datatype::Cx>>> {
                Ok(self.identities.cross_references(id, domains))
            }

            async fn find(
                &self,
                query: &$crate::identity::PatientQuery,
                page: $crate::identity::Page,
            ) -> Result<$crate::identity::Found> {
                self.identities.find(query, page).await
            }

            async fn changes_since(
                &self,
                number: u64,
                limit: usize,
            ) -> Result<Vec<$crate::store::Change>> {
                self.identities.changes_since(number, limit).await
            }

            async fn history(
                &self,
                id: &hl7v2::datatype::Cx,
                limit: usize,
            ) -> Result<Option<Vec<$crate::identity::Event>>> {
                self.identities.history(id, limit).await
            }

            async fn reviews(
                &self,
                state: $crate::identity::ReviewState,
                after: u64,
                limit: usize,
            ) -> Result<Vec<$crate::identity::Review>> {
                self.identities.reviews(state, after, limit).await
            }
        }

        impl $crate::store::Shelf for $store {
            async fn put(&self, note: $crate::store::Note) -> Result<()> {
                self.identities.put(note).await
            }

            async fn note(&self, kind: &'static str, key: &str) -> Result<Option<Vec<u8>>> {
                self.identities.note(kind, key).await
            }

            async fn remove(&self, kind: &'static str, key: &str) -> Result<()> {
                self.identities.remove(kind, key).await
            }
        }
    };
}

pub(super) use verbs;
