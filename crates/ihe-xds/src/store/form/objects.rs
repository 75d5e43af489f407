//! The one list of what each object's form holds, in its order. A change of a list is a new version of the form.

use super::{Input, Part};
use crate::metadata::{
    Association, AssociationType, Author, Code, DocumentEntry, Folder, LocalizedString, ObjectType,
    Slot, SubmissionSet, SubmissionSetStatus,
};

/// Writes and reads the parts of a type in this order; those after `columns` are kept in columns.
macro_rules! form {
    ($type:ident { $($part:ident)+ } $(columns { $($column:ident)+ })?) => {
        impl Part for $type {
            fn put(&self, form: &mut Vec<u8>) {
                let Self { $($part,)+ $($($column: _,)+)? } = self;
                $($part.put(form);)+
            }

            fn take(input: &mut Input<'_>) -> Option<Self> {
                Some(Self {
                    $($part: Part::take(input)?,)+
                    $($($column: Default::default(),)+)?
                })
            }
        }
    };
}

/// A value that may be absent: one byte says whether it follows.
macro_rules! optional {
    ($($type:ident)+) => {
        $(impl Part for Option<$type> {
            fn put(&self, form: &mut Vec<u8>) {
                form.push(u8::from(self.is_some()));
                if let Some(value) = self {
                    value.put(form);
                }
            }

            fn take(input: &mut Input<'_>) -> Option<Self> {
                match input.byte()? {
                    0 => Some(None),
                    1 => Some(Some($type::take(input)?)),
                    _ => None,
                }
            }
        })+
    };
}

/// One of a few words, as a byte.
macro_rules! word {
    ($type:ident { $($byte:literal $word:ident)+ }) => {
        impl Part for $type {
            fn put(&self, form: &mut Vec<u8>) {
                form.push(match self { $(Self::$word => $byte,)+ });
            }

            fn take(input: &mut Input<'_>) -> Option<Self> {
                match input.byte()? {
                    $($byte => Some(Self::$word),)+
                    _ => None,
                }
            }
        }
    };
}

form!(DocumentEntry {
    entry_uuid logical_id unique_id patient_id object_type mime_type title comments authors class_code
    confidentiality_codes creation_time event_codes format_code hash healthcare_facility_type_code
    home_community_id language_code legal_authenticator practice_setting_code reference_ids
    repository_unique_id service_start_time service_stop_time size source_patient_id
    source_patient_info type_code uri extra
} columns { status });

form!(SubmissionSet {
    entry_uuid unique_id patient_id source_id submission_time content_type_code authors title comments
    intended_recipients home_community_id extra
} columns { status });

form!(Folder {
    entry_uuid unique_id patient_id title comments codes home_community_id logical_id extra
} columns { status last_update_time });

form!(Association {
    entry_uuid association_type source target submission_set_status previous_version documentation extra
} columns { status });

form!(Author { person institutions roles specialties telecommunications });
form!(Slot { name values });

optional!(u64 LocalizedString Code SubmissionSetStatus);

word!(ObjectType { 0 Stable 1 OnDemand });
word!(SubmissionSetStatus { 0 Original 1 Reference });
word!(AssociationType {
    0 HasMember 1 Rplc 2 Xfrm 3 Apnd 4 XfrmRplc 5 Signs 6 IsSnapshotOf
});

impl Part for Code {
    fn put(&self, form: &mut Vec<u8>) {
        let Self {
            code,
            scheme,
            display,
            language,
            translations,
        } = self;
        code.put(form);
        scheme.put(form);
        display.put(form);
        language.put(form);
        put_translations(translations, form);
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        Some(Self {
            code: Part::take(input)?,
            scheme: Part::take(input)?,
            display: Part::take(input)?,
            language: Part::take(input)?,
            translations: take_translations(input)?,
        })
    }
}

impl Part for LocalizedString {
    fn put(&self, form: &mut Vec<u8>) {
        put_text(self, form);
        put_translations(&self.translations, form);
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        let text = take_text(input)?;
        let translations = take_translations(input)?;
        Some(Self {
            translations,
            ..text
        })
    }
}

/// A text without its translations: they have none of their own, and no form nests.
fn put_text(text: &LocalizedString, form: &mut Vec<u8>) {
    text.value.put(form);
    text.language.put(form);
    text.charset.put(form);
}

fn take_text(input: &mut Input<'_>) -> Option<LocalizedString> {
    Some(LocalizedString {
        value: Part::take(input)?,
        language: Part::take(input)?,
        charset: Part::take(input)?,
        translations: Vec::new(),
    })
}

fn put_translations(texts: &[LocalizedString], form: &mut Vec<u8>) {
    (texts.len() as u64).put(form);
    for text in texts {
        put_text(text, form);
    }
}

fn take_translations(input: &mut Input<'_>) -> Option<Vec<LocalizedString>> {
    let count = u64::take(input)?;
    (0..count).map(|_| take_text(input)).collect()
}
