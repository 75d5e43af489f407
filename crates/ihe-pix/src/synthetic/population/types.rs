//! People as they are, before any hospital writes them down.

use crate::synthetic::Sex;

/// What a person is in the household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first person.
    Head,
    /// Husband or wife of the first person.
    Spouse,
    /// Son or daughter of the first person.
    Child,
    /// Mother or father of the first person.
    Grandparent,
}

/// Why somebody resembles another person of the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// Twin of this person.
    TwinOf(u64),
    /// A stranger with the name, sex and birth date of this person.
    LookalikeOf(u64),
}

/// A place to live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(in crate::synthetic) town: usize,
    /// 丁目; 0: the town has none.
    pub chome: u32,
    /// 番.
    pub ban: u32,
    /// 号.
    pub go: u32,
    /// Building (index) and room number.
    pub(in crate::synthetic) room: Option<(usize, u32)>,
}

/// A health insurance: what stands on the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insurance {
    /// 保険者番号, 6 or 8 digits.
    pub insurer: u32,
    /// 記号; 0: none (late-stage elderly).
    pub symbol: u32,
    /// 番号: shared by the insured person and the dependants.
    pub number: u32,
    /// 枝番, since 2021: tells them apart. `None` for the late-stage elderly.
    pub branch: Option<u32>,
}

/// A person as is.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The person's number.
    pub number: u64,
    /// Role in the household.
    pub role: Role,
    /// Sex.
    pub sex: Sex,
    /// Year, month, day of birth.
    pub birth: (i32, u32, u32),
    pub(in crate::synthetic) surname: usize,
    pub(in crate::synthetic) maiden_surname: Option<usize>,
    pub(in crate::synthetic) given: usize,
    /// Where the person lives.
    pub address: Address,
    /// Where the person lived before.
    pub former_address: Address,
    /// Where a married person lived before the marriage.
    pub(in crate::synthetic) parents_address: Address,
    /// Phone of the household.
    pub home_phone: Option<u64>,
    /// The person's own; of a child, a parent's.
    pub mobile_phone: Option<u64>,
    /// Today's insurance.
    pub insurance: Insurance,
    /// The one before.
    pub former_insurance: Insurance,
    /// Twin or lookalike.
    pub tie: Option<Tie>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("number", &self.number)
            .field("role", &self.role)
            .field("tie", &self.tie)
            .finish_non_exhaustive()
    }
}

/// People who live together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// One to seven.
    pub members: Vec<Person>,
}
