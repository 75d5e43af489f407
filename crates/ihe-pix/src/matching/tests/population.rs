//! People made up for the matcher's own tests and benches: families with twins, fed by three hospitals with slips.
//! Not the generator that quality is reported with.

use hl7v2::datatype::Xpn;

use super::{Labelled, PatientRecord};

/// Xorshift: the same people every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % sides
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn pick<'t>(&mut self, table: &'t [[&'static str; 2]]) -> &'t [&'static str; 2] {
        &table[self.roll(table.len())]
    }
}

const FAMILIES: [[&str; 2]; 40] = [
    ["佐藤", "サトウ"],
    ["鈴木", "スズキ"],
    ["高橋", "タカハシ"],
    ["田中", "タナカ"],
    ["伊藤", "イトウ"],
    ["渡辺", "ワタナベ"],
    ["山本", "ヤマモト"],
    ["中村", "ナカムラ"],
    ["小林", "コバヤシ"],
    ["加藤", "カトウ"],
    ["吉田", "ヨシダ"],
    ["山田", "ヤマダ"],
    ["佐々木", "ササキ"],
    ["山口", "ヤマグチ"],
    ["松本", "マツモト"],
    ["井上", "イノウエ"],
    ["木村", "キムラ"],
    ["林", "ハヤシ"],
    ["斎藤", "サイトウ"],
    ["清水", "シミズ"],
    ["山崎", "ヤマザキ"],
    ["森", "モリ"],
    ["池田", "イケダ"],
    ["橋本", "ハシモト"],
    ["阿部", "アベ"],
    ["石川", "イシカワ"],
    ["山下", "ヤマシタ"],
    ["中島", "ナカジマ"],
    ["石井", "イシイ"],
    ["小川", "オガワ"],
    ["前田", "マエダ"],
    ["岡田", "オカダ"],
    ["長谷川", "ハセガワ"],
    ["藤田", "フジタ"],
    ["後藤", "ゴトウ"],
    ["大野", "オオノ"],
    ["小野", "オノ"],
    ["浜田", "ハマダ"],
    ["桜井", "サクライ"],
    ["沢田", "サワダ"],
];
const FIRST: [[&str; 2]; 24] = [
    ["美", "ミ"],
    ["優", "ユウ"],
    ["真", "マ"],
    ["奈", "ナ"],
    ["陽", "ヨウ"],
    ["健", "ケン"],
    ["大", "ダイ"],
    ["翔", "ショウ"],
    ["和", "カズ"],
    ["智", "トモ"],
    ["直", "ナオ"],
    ["秀", "ヒデ"],
    ["正", "マサ"],
    ["千", "チ"],
    ["由", "ユ"],
    ["恵", "ケイ"],
    ["幸", "ユキ"],
    ["明", "アキ"],
    ["春", "ハル"],
    ["夏", "ナツ"],
    ["清", "キヨ"],
    ["文", "フミ"],
    ["久", "ヒサ"],
    ["敏", "トシ"],
];
const LAST: [[[&str; 2]; 8]; 2] = [
    [
        ["太", "タ"],
        ["一", "イチ"],
        ["介", "スケ"],
        ["也", "ヤ"],
        ["人", "ト"],
        ["樹", "キ"],
        ["男", "オ"],
        ["則", "ノリ"],
    ],
    [
        ["子", "コ"],
        ["香", "カ"],
        ["美", "ミ"],
        ["恵", "エ"],
        ["奈", "ナ"],
        ["代", "ヨ"],
        ["帆", "ホ"],
        ["里", "リ"],
    ],
];
const TOWNS: [&str; 8] = [
    "丸の内",
    "本町",
    "旭町",
    "緑が丘",
    "三田",
    "一番町",
    "霞ヶ関",
    "大手町",
];

struct Home {
    family: [&'static str; 2],
    phone: String,
    address: [usize; 4],
    insurance: String,
}

#[derive(Clone)]
struct Person {
    family: [&'static str; 2],
    given: [String; 2],
    birth: (usize, usize, usize),
    sex: usize,
    mobile: String,
    phone: String,
    address: [usize; 4],
    insurance: String,
}

fn given(dice: &mut Dice, sex: usize) -> [String; 2] {
    let (first, last) = (*dice.pick(&FIRST), *dice.pick(&LAST[sex]));
    [
        format!("{}{}", first[0], last[0]),
        format!("{}{}", first[1], last[1]),
    ]
}

fn home(dice: &mut Dice) -> Home {
    // The first of the names are the most common.
    let place = dice.roll(FAMILIES.len()).min(dice.roll(FAMILIES.len()));
    Home {
        family: FAMILIES[place],
        phone: format!("03-{:04}-{:04}", 2000 + dice.roll(8000), dice.roll(10000)),
        address: [
            dice.roll(TOWNS.len()),
            1 + dice.roll(9),
            1 + dice.roll(30),
            1 + dice.roll(20),
        ],
        insurance: format!("{:08}", 10_000_000 + dice.roll(89_999_999)),
    }
}

fn person(dice: &mut Dice, home: &Home, birth: Option<(usize, usize, usize)>) -> Person {
    let sex = dice.roll(2);
    let any = (1930 + dice.roll(90), 1 + dice.roll(12), 1 + dice.roll(28));
    Person {
        family: home.family,
        given: given(dice, sex),
        birth: birth.unwrap_or(any),
        sex,
        mobile: format!("090-{:04}-{:04}", dice.roll(10000), dice.roll(10000)),
        phone: home.phone.clone(),
        address: home.address,
        insurance: home.insurance.clone(),
    }
}

/// As many people, one after the other; each is fed two or three times.
pub(crate) fn people(dice: &mut Dice, number: u64) -> Vec<Labelled> {
    let mut records = Vec::new();
    let mut made = 0;
    while made < number {
        let home = home(dice);
        let mut twin: Option<Person> = None;
        let mut given = Vec::new();
        for _ in 0..1 + dice.roll(4) {
            let born = twin
                .as_ref()
                .filter(|_| dice.percent(1))
                .map(|twin| twin.birth);
            let one = person(dice, &home, born);
            // No two of a family have one name, in kanji or by sound.
            if given.contains(&one.given[0]) || given.contains(&one.given[1]) {
                continue;
            }
            given.extend(one.given.clone());
            for _ in 0..2 + dice.roll(2) {
                records.push(fed(dice, made, &one));
            }
            twin = Some(one);
            made += 1;
        }
    }
    // Hospitals feed people in no order.
    for place in (1..records.len()).rev() {
        records.swap(place, dice.roll(place + 1));
    }
    records
}

fn fed(dice: &mut Dice, number: u64, one: &Person) -> Labelled {
    let mut one = one.clone();
    let mut tags = Vec::new();
    let mut kinds = [true, true];
    for _ in 0..[0, 0, 1, 1, 2][dice.roll(5)] {
        tags.push(slip(dice, &mut one, &mut kinds));
    }
    let (year, month, day) = one.birth;
    let name = |script: usize, code: &str| Xpn {
        representation: code.into(),
        ..Xpn::new(one.family[script], one.given[script].clone())
    };
    let mut names = vec![name(0, "I"), name(1, "P")];
    names.retain(|name| {
        if name.representation == "I" {
            kinds[0]
        } else {
            kinds[1]
        }
    });
    let [town, a, b, c] = one.address;
    let record = PatientRecord {
        names,
        birth_date: format!("{year:04}{month:02}{day:02}"),
        sex: ["M", "F"][one.sex].into(),
        address: if a == 0 {
            String::new()
        } else {
            format!("{}{a}-{b}-{c}^^千代田区^東京都", TOWNS[town])
        },
        phone_home: [one.phone, one.mobile].join("~"),
        ssn: one.insurance,
        ..PatientRecord::default()
    };
    Labelled {
        person: number,
        record,
        tags,
    }
}

fn slip(dice: &mut Dice, one: &mut Person, kinds: &mut [bool; 2]) -> &'static str {
    match dice.roll(12) {
        0 => {
            one.birth.2 = 1 + dice.roll(28);
            "birth day"
        }
        1 => {
            std::mem::swap(&mut one.birth.1, &mut one.birth.2);
            "day and month"
        }
        2 => {
            one.mobile = String::new();
            "no mobile"
        }
        3 => {
            one.phone = String::new();
            "no phone"
        }
        4 => {
            one.address = [0; 4];
            "no address"
        }
        5 => {
            one.insurance = String::new();
            "no insurance"
        }
        6 => {
            one.address = [dice.roll(8), 1 + dice.roll(9), 1 + dice.roll(30), 1];
            one.phone = format!("03-{:04}-{:04}", 2000 + dice.roll(8000), dice.roll(10000));
            "moved"
        }
        7 => {
            one.family = if one.sex == 1 {
                *dice.pick(&FAMILIES)
            } else {
                one.family
            };
            "married"
        }
        8 => {
            *kinds = [true, false];
            "no kana"
        }
        9 => {
            *kinds = [false, true];
            "no kanji"
        }
        10 => {
            one.given[1] = one.given[1].replace('コ', "ゴ").replace('タ', "ダ");
            "voiced"
        }
        _ => {
            one.given[0] = one.given[0].replace('恵', "惠").replace('真', "眞");
            "old kanji"
        }
    }
}
