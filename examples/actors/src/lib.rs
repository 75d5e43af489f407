//! One small program per IHE actor, to be pasted: see `examples/`.
//!
//! Each takes the folder with `ca.pem`, `node.pem`, `node.key` (and `client.*`) as its first argument;
//! `regional-network serve --data DIR` makes such a folder in `DIR/pki`.
//!
//! ```text
//! cargo run -p actors --example pix_manager -- DIR/pki arr.example:6514
//! ```
