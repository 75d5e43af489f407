//! One household: ages, names, home, phones, insurance.

use super::numbers::{self, Kind};
use super::{Address, Household, Insurance, Person, Role, Tie, birth_date, surname};
use crate::synthetic::random::Draws;
use crate::synthetic::tables::{HouseholdKind, Tables};
use crate::synthetic::{REFERENCE_YEAR, Sex};

/// Twins among second and later children at home, of 10,000: about 1 % of deliveries.
const TWINS: u32 = 250;
/// Of twins, those of one sex; of these, those with names that begin alike. Of 10,000.
const TWINS_OF_ONE_SEX: u32 = 6_500;
const TWINS_NAMED_ALIKE: u32 = 6_500;
/// Children who bear the first kanji of the parent, or else the grandparent, of their sex, of 10,000.
const NAMED_AFTER_PARENT: u32 = 700;
const NAMED_AFTER_GRANDPARENT: u32 = 1_000;

/// A household while it is made. Draws come in a fixed order.
pub(super) struct Family {
    tables: &'static Tables,
    draws: Draws,
    first: u64,
    surname: usize,
    address: Address,
    former_address: Address,
    home_phone: Option<u64>,
    national: bool,
    members: Vec<Person>,
}

impl Family {
    pub(super) fn new(tables: &'static Tables, mut draws: Draws, first: u64) -> Family {
        Family {
            surname: surname(tables, &mut draws),
            address: address(tables, &mut draws),
            former_address: address(tables, &mut draws),
            home_phone: None,
            national: false,
            members: Vec::with_capacity(4),
            tables,
            draws,
            first,
        }
    }

    /// The people, and the draws from there on.
    pub(super) fn settle(mut self, kind: &HouseholdKind) -> (Household, Draws) {
        let age = self.draws.between(kind.ages.0, kind.ages.1);
        self.home_phone = self.with_home_phone(age);
        self.national = age >= 65 || self.draws.chance(2_500);
        let head_sex = self.sex(kind.woman_per_cent * 100);
        self.join(Role::Head, head_sex, age);
        if kind.spouse {
            let age = (age + 4).saturating_sub(self.draws.below(9)).max(18);
            self.join(Role::Spouse, opposite(head_sex), age);
        }
        let one_parent = kind.children > 0 && !kind.spouse;
        self.marry(kind.spouse, one_parent);
        self.grandparents(kind.grandparents, age);
        self.children(kind.children, age);
        for index in 0..self.members.len() {
            self.equip(index);
        }
        let members = self.members;
        (Household { members }, self.draws)
    }

    fn with_home_phone(&mut self, age: u32) -> Option<u64> {
        let share = match age {
            0..40 => 2_000,
            40..60 => 6_000,
            _ => 9_000,
        };
        let has_one = self.draws.chance(share);
        has_one.then(|| numbers::home_phone(self.first, false))
    }

    fn sex(&mut self, woman_of_10_000: u32) -> Sex {
        if self.draws.chance(woman_of_10_000) {
            Sex::Female
        } else {
            Sex::Male
        }
    }

    /// One more person of this age, with a name of the time.
    fn join(&mut self, role: Role, sex: Sex, age: u32) {
        let birth = birth_date(&mut self.draws, age);
        self.join_born(role, sex, birth);
    }

    fn join_born(&mut self, role: Role, sex: Sex, birth: (i32, u32, u32)) {
        let given = self.new_name(sex, birth.0);
        let parents_address = address(self.tables, &mut self.draws);
        let own_number = self.draws.chance(if birth.0 < REFERENCE_YEAR - 80 {
            6_000
        } else {
            9_500
        });
        let number = self.first + self.members.len() as u64;
        self.members.push(Person {
            number,
            role,
            sex,
            birth,
            surname: self.surname,
            maiden_surname: None,
            given,
            address: self.address.clone(),
            former_address: self.former_address.clone(),
            parents_address,
            home_phone: self.home_phone,
            mobile_phone: own_number.then(|| numbers::mobile_phone(number, false)),
            insurance: Insurance::NONE,
            former_insurance: Insurance::NONE,
            tie: None,
        });
    }

    /// A name nobody of the household has, as far as five draws find one.
    fn new_name(&mut self, sex: Sex, year: i32) -> usize {
        let mut given = self.tables.given_name(&mut self.draws, sex, year);
        for _ in 0..4 {
            if !self.members.iter().any(|member| member.given == given) {
                break;
            }
            given = self.tables.given_name(&mut self.draws, sex, year);
        }
        given
    }

    /// Of a couple the wife took the husband's surname in 95 of 100; a parent alone may bear a married name.
    fn marry(&mut self, couple: bool, one_parent: bool) {
        let wife_changed = self.draws.chance(9_500);
        let alone_changed = self.draws.chance(4_000);
        let maiden = surname(self.tables, &mut self.draws);
        for member in &mut self.members {
            let changed = if couple {
                (member.sex == Sex::Female) == wife_changed
            } else {
                one_parent && alone_changed && member.sex == Sex::Female
            };
            member.maiden_surname = changed.then_some(maiden);
        }
    }

    fn grandparents(&mut self, count: u32, age: u32) {
        for sex in [Sex::Female, Sex::Male].into_iter().take(count as usize) {
            let older = self.draws.between(22, 34);
            self.join(Role::Grandparent, sex, (age + older).min(101));
            let maiden = surname(self.tables, &mut self.draws);
            if let (Sex::Female, Some(member)) = (sex, self.members.last_mut()) {
                member.maiden_surname = Some(maiden);
            }
        }
    }

    /// From the youngest to the oldest.
    fn children(&mut self, count: u32, age: u32) {
        let mut child_age = age.saturating_sub(self.draws.between(25, 38));
        let mut after_twin = true;
        for _ in 0..count {
            let twin = !after_twin && self.draws.chance(TWINS);
            if twin {
                self.twin();
            } else {
                let sex = self.sex(4_870);
                self.join(Role::Child, sex, child_age);
                self.name_after_elders();
                child_age += self.draws.between(2, 4);
            }
            after_twin = twin;
        }
    }

    /// A twin of the last one.
    fn twin(&mut self) {
        let Some(other) = self.members.last().cloned() else {
            return;
        };
        let sex = if self.draws.chance(TWINS_OF_ONE_SEX) {
            other.sex
        } else {
            opposite(other.sex)
        };
        self.join_born(Role::Child, sex, other.birth);
        let alike = self.draws.chance(TWINS_NAMED_ALIKE);
        let given = similar_name(self.tables, &mut self.draws, &other, sex, other.birth.0);
        if let Some(member) = self.members.last_mut() {
            member.tie = Some(Tie::TwinOf(other.number));
            if alike {
                member.given = given;
            }
        }
    }

    /// Lets the last one, rarely, begin with the kanji of an elder of the same sex.
    fn name_after_elders(&mut self) {
        let after_parent = self.draws.chance(NAMED_AFTER_PARENT);
        let after_grandparent = self.draws.chance(NAMED_AFTER_GRANDPARENT);
        let Some((child, elders)) = self.members.split_last_mut() else {
            return;
        };
        let elder = elders.iter().find(|elder| {
            elder.sex == child.sex
                && match elder.role {
                    Role::Head | Role::Spouse => after_parent,
                    Role::Grandparent => after_grandparent,
                    Role::Child => false,
                }
        });
        if let Some(elder) = elder {
            let year = child.birth.0;
            child.given = similar_name(self.tables, &mut self.draws, elder, child.sex, year);
        }
    }

    /// Phone of a child and insurance of everybody.
    fn equip(&mut self, index: usize) {
        let parents_phone = self
            .members
            .iter()
            .take(2)
            .rev()
            .find_map(|m| m.mobile_phone);
        let (now, former) = self.insurance(index);
        let member = &mut self.members[index];
        if age(member) < 12 {
            member.mobile_phone = parents_phone;
        }
        member.insurance = now;
        member.former_insurance = former;
    }

    fn insurance(&mut self, index: usize) -> (Insurance, Insurance) {
        let works = self.draws.chance(5_500);
        let member = &self.members[index];
        let branch = u32::try_from(index).unwrap_or_default();
        let (home, own) = (self.first * 8, member.number * 8);
        let national = numbers::insurance(home + 2, Kind::National, branch);
        let former_job = numbers::insurance(home + 3, Kind::Employees, branch);
        if age(member) >= 75 {
            return (numbers::insurance(own + 7, Kind::Elderly, 0), national);
        }
        let independent = member.role != Role::Head && (23..65).contains(&age(member)) && works;
        if independent {
            let job = numbers::insurance(own + 6, Kind::Employees, 0);
            return (job, if self.national { national } else { former_job });
        }
        if self.national {
            return (national, former_job);
        }
        (numbers::insurance(home, Kind::Employees, branch), national)
    }
}

impl Insurance {
    const NONE: Insurance = Insurance {
        insurer: 0,
        symbol: 0,
        number: 0,
        branch: None,
    };
}

fn age(person: &Person) -> u32 {
    let (year, month, _) = person.birth;
    u32::try_from(REFERENCE_YEAR - year - i32::from(month > 3)).unwrap_or_default()
}

fn opposite(sex: Sex) -> Sex {
    match sex {
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    }
}

fn address(tables: &Tables, draws: &mut Draws) -> Address {
    let town = tables.town_weights.draw(draws);
    let chome = tables.towns[town].chome;
    let apartment = draws.chance(4_500);
    let (ban, go) = (draws.between(1, 60), draws.between(1, 45));
    let building = draws.index(tables.buildings.len());
    let room = draws.between(1, 9) * 100 + draws.between(1, 12);
    Address {
        town,
        chome: if chome == 0 {
            0
        } else {
            draws.between(1, chome)
        },
        ban,
        go,
        room: apartment.then_some((building, room)),
    }
}

/// A name of the time that begins with the same kanji and is not the same; the other's own if there is none.
pub(super) fn similar_name(
    tables: &Tables,
    draws: &mut Draws,
    other: &Person,
    sex: Sex,
    year: i32,
) -> usize {
    let theirs = &tables.given[other.given];
    let first = theirs.kanji.chars().next();
    let fits = |index: &usize| {
        let name = &tables.given[*index];
        name.kanji.chars().next() == first && name.kana != theirs.kana
    };
    if let Some(given) = (0..40)
        .map(|_| tables.given_name(draws, sex, year))
        .find(fits)
    {
        return given;
    }
    let alike = first.and_then(|first| tables.given_by_first.get(&(sex, first)));
    let candidates = alike.map(Vec::as_slice).unwrap_or_default();
    (0..8)
        .filter_map(|_| draws.one_of(candidates).map(|index| usize::from(*index)))
        .find(fits)
        .unwrap_or_else(|| tables.given_name(draws, sex, year))
}
