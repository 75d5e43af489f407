//! What happens to records on the way: kinds of noise and their rates (`tables/synthetic/noise.tsv`).

mod address;
mod birth;
mod contact;
mod kana;
mod names;
#[cfg(test)]
mod tests;

use super::draft::Draft;
use super::population::{Household, Person};
use super::random::Draws;
use super::roman::Style;
use super::tables;
use super::{DOMAINS, Sex};

macro_rules! kinds {
    ($($kind:ident $name:literal $says:literal;)+) => {
        /// A kind of noise. In the order in which they are applied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NoiseKind {
            $(#[doc = $says] $kind,)+
        }

        impl NoiseKind {
            /// All kinds.
            pub const ALL: &'static [NoiseKind] = &[$(NoiseKind::$kind,)+];

            /// The name in `noise.tsv`.
            pub fn name(self) -> &'static str {
                match self {
                    $(NoiseKind::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    KanaMissing "kana_missing" "No kana name.";
    KanjiMissing "kanji_missing" "No kanji name.";
    SexMissing "sex_missing" "No sex.";
    BirthMissing "birth_missing" "No birth date.";
    AddressMissing "address_missing" "No address.";
    PostcodeMissing "postcode_missing" "An address without its post code.";
    PhoneMissing "phone_missing" "No phone.";
    InsuranceMissing "insurance_missing" "No insurance number.";
    SurnameBeforeMarriage "surname_before_marriage" "The maiden surname with the address of today.";
    SurnameBeforeMarriageAndMoved "surname_before_marriage_and_moved" "The maiden surname with the parents' address.";
    KanjiVariant "kanji_variant" "One kanji in another form: 髙橋 for 高橋.";
    KanjiHomophone "kanji_homophone" "Another name that reads the same: 優子 for 裕子.";
    KanaTypo "kana_typo" "One kana mistaken, lost, doubled or exchanged with the next.";
    KanaOtherReading "kana_other_reading" "Another reading of the kanji: ヒロコ for ユウコ.";
    GivenAbbreviated "given_abbreviated" "Only the beginning of the given name.";
    NameSwapped "name_swapped" "Surname and given name exchanged.";
    KanaHiragana "kana_hiragana" "Hiragana instead of katakana.";
    KanaLongVowel "kana_long_vowel" "A long vowel written otherwise: オーノ for オオノ.";
    KanaSmallAsLarge "kana_small_as_large" "Small kana in full size: シヨウタ for ショウタ.";
    KanaMarksLost "kana_marks_lost" "A voiced mark lost: ヤマタ for ヤマダ.";
    KanaMarksSplit "kana_marks_split" "Voiced marks as letters of their own: ヤマタ゛.";
    KanaHalfWidth "kana_half_width" "Half-width kana.";
    NameSpaces "name_spaces" "A space before, in or after a part of the name.";
    NameOneField "name_one_field" "Surname and given name in the place of the surname.";
    RomanHepburn "roman_hepburn" "A Roman name too, Hepburn with all vowels: OONO SHOUTA.";
    RomanKunrei "roman_kunrei" "A Roman name too, Kunrei without long vowels: ONO SYOTA.";
    RomanPassport "roman_passport" "A Roman name too, as in passports: OHNO or ONO SHOTA.";
    BirthDigit "birth_digit" "One digit of the birth date wrong.";
    BirthDayMonthSwapped "birth_day_month_swapped" "Day and month exchanged.";
    BirthEraConfused "birth_era_confused" "The year counted in another era: 平成 for 昭和.";
    BirthJanuaryFirst "birth_january_first" "1 January of the right year.";
    SexWrong "sex_wrong" "The other sex.";
    AddressMoved "address_moved" "The address before the last move.";
    AddressHyphens "address_hyphens" "1-2-3 for 1丁目2番3号.";
    AddressKanjiNumerals "address_kanji_numerals" "Kanji numerals: 一丁目二番三号.";
    AddressFullWidth "address_full_width" "Full-width digits and hyphens.";
    AddressBuildingOmitted "address_building_omitted" "Without building and room.";
    AddressPrefectureOmitted "address_prefecture_omitted" "Without the prefecture.";
    AddressSplit "address_split" "In XAD.1 to XAD.4 instead of one text in XAD.8.";
    PostcodeWithoutHyphen "postcode_without_hyphen" "Seven digits.";
    PhoneChanged "phone_changed" "A former phone number.";
    PhoneOtherMember "phone_other_member" "The mobile phone of another member of the household.";
    PhoneOneOnly "phone_one_only" "One of two phones.";
    PhoneWithoutHyphens "phone_without_hyphens" "Digits only.";
    InsuranceChanged "insurance_changed" "The insurance before the last change.";
    InsuranceBranchMissing "insurance_branch_missing" "The card's number without the branch: the family's number.";
    DuplicateRegistration "duplicate_registration" "The hospital's second registration of the person.";
}

/// A set of kinds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NoiseSet(u64);

impl NoiseSet {
    /// Whether this kind is in.
    pub fn contains(self, kind: NoiseKind) -> bool {
        self.0 & (1 << kind as u64) != 0
    }

    /// The kinds in the order in which they were applied.
    pub fn iter(self) -> impl Iterator<Item = NoiseKind> {
        let all = NoiseKind::ALL.iter().copied();
        all.filter(move |kind| self.contains(*kind))
    }

    /// How many.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// None at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn insert(&mut self, kind: NoiseKind) {
        self.0 |= 1 << kind as u64;
    }
}

impl std::fmt::Debug for NoiseSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.iter().map(NoiseKind::name))
            .finish()
    }
}

const KINDS: usize = NoiseKind::ALL.len();
/// From here on a rate is a hospital's convention, which no factor changes. Of 10,000.
const CONVENTION: f64 = 9_000.0;

/// For each hospital and kind, how many of 2^32 draws hit.
#[derive(Clone)]
pub(super) struct Rates([[u64; KINDS]; DOMAINS.len()]);

impl Rates {
    /// The table, times a factor.
    pub(super) fn new(factor: f64) -> Rates {
        let mut rates = [[0; KINDS]; DOMAINS.len()];
        for cells in tables::lines(include_str!("../../../tables/synthetic/noise.tsv")) {
            let kind = NoiseKind::ALL.iter().find(|kind| kind.name() == cells[0]);
            let kind = *kind.expect("a kind of noise in our table");
            for (domain, row) in rates.iter_mut().enumerate() {
                let rate: f64 = cells[domain + 1].parse().expect("a rate in our table");
                row[kind as usize] = threshold(rate, factor);
            }
        }
        Rates(rates)
    }

    pub(super) fn hit(&self, domain: usize, kind: NoiseKind, word: u32) -> bool {
        u64::from(word) < self.0[domain][kind as usize]
    }

    /// Tries every kind; gives those that changed the draft.
    pub(super) fn apply(
        &self,
        draft: &mut Draft,
        person: &Person,
        household: &Household,
        domain: usize,
        draws: &mut Draws,
    ) -> NoiseSet {
        let mut applied = NoiseSet::default();
        for kind in NoiseKind::ALL {
            let hit = self.hit(domain, *kind, draws.word());
            if hit && kind.change(draft, person, household, draws) {
                applied.insert(*kind);
            }
        }
        applied
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn threshold(rate: f64, factor: f64) -> u64 {
    let scaled = if rate < CONVENTION {
        (rate * factor.max(0.0)).min(CONVENTION)
    } else {
        rate
    };
    (scaled / 10_000.0 * 4_294_967_296.0) as u64
}

impl NoiseKind {
    /// Does it to the draft; false: there is nothing to do it to, and nothing changed.
    pub(super) fn change(
        self,
        draft: &mut Draft,
        person: &Person,
        household: &Household,
        draws: &mut Draws,
    ) -> bool {
        use NoiseKind::*;
        match self {
            KanaMissing => draft.kanji.is_some() && draft.kana.take().is_some(),
            KanjiMissing => draft.kana.is_some() && draft.kanji.take().is_some(),
            SexMissing => replace(&mut draft.sex, ""),
            BirthMissing => !std::mem::take(&mut draft.birth).is_empty(),
            AddressMissing => draft.address.take().is_some(),
            PostcodeMissing => draft.address.is_some() && replace(&mut draft.postcode, false),
            PhoneMissing => contact::missing(draft),
            InsuranceMissing => draft.insurance.take().is_some(),
            SurnameBeforeMarriage => names::before_marriage(draft, person),
            SurnameBeforeMarriageAndMoved => names::before_marriage_and_moved(draft, person),
            KanjiVariant => names::variant(draft, draws),
            KanjiHomophone => names::homophone(draft, person, draws),
            KanaTypo => kana::typo(draft, draws),
            KanaOtherReading => names::other_reading(draft, person, draws),
            GivenAbbreviated => names::abbreviated(draft),
            NameSwapped => names::swapped(draft),
            KanaHiragana => kana::each(draft, kana::hiragana),
            KanaLongVowel => kana::long_vowel(draft, draws),
            KanaSmallAsLarge => kana::each(draft, kana::large),
            KanaMarksLost => kana::marks_lost(draft, draws),
            KanaMarksSplit => kana::marks_split(draft, draws),
            KanaHalfWidth => kana::each(draft, kana::half_width),
            NameSpaces => names::spaces(draft, draws),
            NameOneField => names::one_field(draft, draws),
            RomanHepburn => names::roman(draft, person, Style::Hepburn),
            RomanKunrei => names::roman(draft, person, Style::Kunrei),
            RomanPassport => names::roman(draft, person, Style::passport(draws)),
            BirthDigit => birth::digit(draft, draws),
            BirthDayMonthSwapped => birth::day_month_swapped(draft),
            BirthEraConfused => birth::era_confused(draft, draws),
            BirthJanuaryFirst => birth::january_first(draft),
            SexWrong => sex_wrong(draft, person),
            AddressMoved => address::moved(draft, person),
            AddressHyphens => address::styled(draft, |style| &mut style.hyphens),
            AddressKanjiNumerals => address::styled(draft, |style| &mut style.kanji_numerals),
            AddressFullWidth => address::full_width(draft),
            AddressBuildingOmitted => address::building_omitted(draft),
            AddressPrefectureOmitted => {
                address::styled(draft, |style| &mut style.without_prefecture)
            }
            AddressSplit => address::styled(draft, |style| &mut style.split),
            PostcodeWithoutHyphen => address::postcode_without_hyphen(draft),
            PhoneChanged => contact::changed(draft, person, household, draws),
            PhoneOtherMember => contact::other_member(draft, household, draws),
            PhoneOneOnly => contact::one_only(draft, draws),
            PhoneWithoutHyphens => contact::without_hyphens(draft),
            InsuranceChanged => contact::insurance_changed(draft, person),
            InsuranceBranchMissing => contact::branch_missing(draft),
            DuplicateRegistration => false,
        }
    }
}

fn sex_wrong(draft: &mut Draft, person: &Person) -> bool {
    let other = match person.sex {
        Sex::Male => Sex::Female,
        Sex::Female => Sex::Male,
    };
    !draft.sex.is_empty() && replace(&mut draft.sex, other.code())
}

/// True if the value was another.
fn replace<T: PartialEq>(place: &mut T, value: T) -> bool {
    let changed = *place != value;
    *place = value;
    changed
}
