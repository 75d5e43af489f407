//! ITI-19 TLS presets (ITI TF-2 3.19.6.2): what a node negotiates, and what an integration
//! statement must say of it.

use std::fmt::Write;

use rustls::{SupportedProtocolVersion, version};

static TLS13: [&SupportedProtocolVersion; 1] = [&version::TLS13];
static TLS12: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

const SUITES_13: [&str; 3] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
];
const SUITES_12: [&str; 6] = [
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
/// Of the four suites of 3.19.6.2.3 the two that rustls does not have.
const MISSING_12: [&str; 2] = [
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
];

/// What a node negotiates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// TLS 1.3 only: the default, and the high security type of the Japanese guideline.
    #[default]
    HighSecurity,
    /// TLS 1.3 and 1.2: the option "STX: TLS 1.2 floor using BCP195" (ITI TF-2 3.19.6.2.3).
    Tls12Floor,
}

impl Preset {
    /// The name used in documents: `high_security`, `tls12_floor`.
    pub fn name(self) -> &'static str {
        match self {
            Preset::HighSecurity => "high_security",
            Preset::Tls12Floor => "tls12_floor",
        }
    }

    /// Cipher suites that are offered, by their IANA names.
    pub fn suites(self) -> Vec<&'static str> {
        match self {
            Preset::HighSecurity => SUITES_13.to_vec(),
            Preset::Tls12Floor => [&SUITES_13[..], &SUITES_12[..]].concat(),
        }
    }

    /// Cipher suites that the option asks for and that are not offered.
    pub fn missing_suites(self) -> &'static [&'static str] {
        match self {
            Preset::HighSecurity => &[],
            Preset::Tls12Floor => &MISSING_12,
        }
    }

    /// The paragraph for an integration statement: versions, suites, deviations.
    pub fn integration(self) -> String {
        let versions = match self {
            Preset::HighSecurity => "TLS 1.3",
            Preset::Tls12Floor => "TLS 1.3 and TLS 1.2 (STX: TLS 1.2 floor using BCP195)",
        };
        let mut text = format!("Preset {}: {versions}.\nOffered:\n", self.name());
        for suite in self.suites() {
            let _ = writeln!(text, "  {suite}");
        }
        for suite in self.missing_suites() {
            let _ = writeln!(text, "Missing, required by ITI TF-2 3.19.6.2.3: {suite}");
        }
        text.push_str(
            "Certificates: RSA 2048-8192, ECDSA P-256, P-384, P-521, Ed25519; deviation from ITI TF-2 \
             3.19.6.1.3: RSA keys of 1024 to 2047 bits are not accepted.\n\
             Sessions are not resumed: each connection authenticates both nodes anew.\n",
        );
        text
    }

    pub(crate) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "secure-node-tls-1-2-in-high-security") => &TLS12,
            Preset::HighSecurity => &TLS13,
            Preset::Tls12Floor => &TLS12,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::aws_lc_rs::default_provider;

    #[test]
    fn atna_r_007_the_suites_of_the_statement_are_those_of_the_provider() {
        let offered: Vec<String> = default_provider()
            .cipher_suites
            .iter()
            .map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_"))
            .collect();
        assert_eq!(Preset::Tls12Floor.suites(), offered);
    }

    #[test]
    fn atna_r_007_missing_suites_are_listed_in_the_integration_statement() {
        let text = Preset::Tls12Floor.integration();
        for suite in MISSING_12 {
            let line = format!("Missing, required by ITI TF-2 3.19.6.2.3: {suite}");
            assert!(text.lines().any(|one| one == line), "{text}");
        }
        assert!(!Preset::HighSecurity.integration().contains("Missing"));
        assert!(text.contains("RSA keys of 1024 to 2047 bits are not accepted"));
    }
}
