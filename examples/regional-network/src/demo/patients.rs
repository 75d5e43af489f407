//! The invented people of the region, as a table. Nobody here is real.

use super::hospitals;
use hl7v2::datatype::{Cx, Hd};

/// One person, and the id each place knows them by
#[derive(PartialEq, Eq)]
pub(crate) struct Person {
    /// Kanji
    pub(crate) family: &'static str,
    /// Kanji
    pub(crate) given: &'static str,
    /// Katakana
    pub(crate) family_kana: &'static str,
    /// Katakana
    pub(crate) given_kana: &'static str,
    /// YYYYMMDD
    pub(crate) birth_date: &'static str,
    /// HL7 table 0001
    pub(crate) sex: &'static str,
    /// By the columns of `hospitals::ALL`; empty where they never were
    pub(crate) ids: [&'static str; 3],
}

/// The patient whose documents the clinic looks for
pub(crate) const HEROINE: &Person = &PEOPLE[0];
/// The twin of `SECOND_TWIN`: same family, birth date, sex and address, another given name
pub(crate) const FIRST_TWIN: &Person = &PEOPLE[12];
/// See `FIRST_TWIN`
pub(crate) const SECOND_TWIN: &Person = &PEOPLE[13];

macro_rules! people {
    ($($family:literal $given:literal $fk:literal $gk:literal $birth:literal $sex:literal
       $a:literal $b:literal $c:literal)*) => {
        /// Everybody
        pub(crate) const PEOPLE: &[Person] = &[$(Person {
            family: $family, given: $given, family_kana: $fk, given_kana: $gk,
            birth_date: $birth, sex: $sex, ids: [$a, $b, $c],
        }),*];
    };
}

people! {
    "見本" "桜子" "ミホン" "サクラコ" "19540403" "F" "0000410001" "M-20017" "770012"
    "見本" "大輔" "ミホン" "ダイスケ" "19520118" "M" "0000410002" "M-20018" ""
    "架空" "一郎" "カクウ" "イチロウ" "19471109" "M" "0000410003" "" "770031"
    "架空" "花" "カクウ" "ハナ" "19500722" "F" "0000410004" "M-20101" "770032"
    "北見" "翔太" "キタミ" "ショウタ" "19880214" "M" "0000410005" "M-20102" "770040"
    "北見" "美咲" "キタミ" "ミサキ" "19900930" "F" "0000410006" "" ""
    "青葉" "健" "アオバ" "ケン" "19650501" "M" "0000410007" "M-20110" ""
    "青葉" "由美" "アオバ" "ユミ" "19670612" "F" "" "M-20111" "770051"
    "白浜" "渚" "シラハマ" "ナギサ" "20010809" "F" "0000410009" "" "770052"
    "白浜" "航" "シラハマ" "ワタル" "19990303" "M" "0000410010" "M-20123" "770053"
    "黒潮" "勇" "クロシオ" "イサム" "19390827" "M" "0000410011" "M-20124" "770060"
    "黒潮" "千代" "クロシオ" "チヨ" "19411215" "F" "0000410012" "M-20125" ""
    "双葉" "健太" "フタバ" "ケンタ" "20120505" "M" "0000410013" "M-20130" "770071"
    "双葉" "康太" "フタバ" "コウタ" "20120505" "M" "0000410014" "M-20131" "770072"
    "双葉" "恵" "フタバ" "メグミ" "19830917" "F" "0000410015" "" "770073"
    "山彦" "豊" "ヤマビコ" "ユタカ" "19721020" "M" "0000410016" "M-20140" ""
    "山彦" "雅子" "ヤマビコ" "マサコ" "19741104" "F" "" "M-20141" "770080"
    "星野" "昴" "ホシノ" "スバル" "20150707" "M" "0000410018" "M-20150" ""
    "星野" "光" "ホシノ" "ヒカリ" "20180707" "F" "0000410019" "M-20151" "770090"
    "霧島" "誠" "キリシマ" "マコト" "19560228" "M" "0000410020" "" "770091"
    "霧島" "和子" "キリシマ" "カズコ" "19581231" "F" "0000410021" "M-20160" "770092"
    "雪村" "冬美" "ユキムラ" "フユミ" "19790115" "F" "0000410022" "M-20161" ""
    "雪村" "雪" "ユキムラ" "ユキ" "20060131" "F" "0000410023" "" "770100"
    "橘" "薫" "タチバナ" "カオル" "19930606" "F" "0000410024" "M-20170" "770101"
    "橘" "薫" "タチバナ" "カオル" "19610606" "M" "0000410025" "M-20171" ""
    "藤原" "紫" "フジワラ" "ムラサキ" "19700501" "F" "" "M-20172" "770110"
    "小鳥遊" "空" "タカナシ" "ソラ" "20100420" "M" "0000410027" "M-20180" "770111"
    "東雲" "暁" "シノノメ" "アカツキ" "19851111" "M" "0000410028" "" "770112"
    "月見" "里子" "ツキミ" "サトコ" "19490915" "F" "0000410029" "M-20190" "770120"
    "若葉" "芽" "ワカバ" "メイ" "20240229" "F" "0000410030" "M-20191" "770121"
}

impl Person {
    /// The id of one place, if they ever were there
    pub(crate) fn id_at(&self, place: usize) -> Option<Cx> {
        let id = self.ids.get(place).filter(|id| !id.is_empty())?;
        let hospital = hospitals::ALL.get(place)?;
        Some(Cx::new(*id, Hd::oid(hospital.domain)))
    }

    /// The phone at home: one for the whole family
    pub(crate) fn phone(&self) -> String {
        let family = PEOPLE.iter().position(|one| one.family == self.family);
        format!("03-7310-{:04}", 2100 + family.unwrap_or_default())
    }

    /// Every id they have
    pub(crate) fn local_ids(&self) -> Vec<Cx> {
        (0..hospitals::ALL.len())
            .filter_map(|place| self.id_at(place))
            .collect()
    }

    /// Family name and given name in kanji
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.family, self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn thirty_people_whose_ids_are_unique_in_each_place() {
        assert_eq!(PEOPLE.len(), 30);
        let ids: Vec<String> = PEOPLE
            .iter()
            .flat_map(Person::local_ids)
            .map(|id| id.to_string())
            .collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        assert!(PEOPLE.iter().all(|person| !person.local_ids().is_empty()));
    }

    #[test]
    fn the_twins_differ_in_given_name_only() {
        assert_eq!(FIRST_TWIN.family, SECOND_TWIN.family);
        assert_eq!(FIRST_TWIN.birth_date, SECOND_TWIN.birth_date);
        assert_eq!(FIRST_TWIN.sex, SECOND_TWIN.sex);
        assert_ne!(FIRST_TWIN.given, SECOND_TWIN.given);
    }
}
