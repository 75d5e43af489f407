# Five verbs; CI calls only these and the README's test command.
CRATES  = hl7v2 ihe-soap ihe-atna ihe-ct ihe-pix ihe-xds
WINDOWS = x86_64-pc-windows-gnu

.PHONY: check test conform bench docs

check: ## format, lints, every crate with no and with all features, docs, fuzz targets, Windows clients
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings
	for c in $(CRATES); do \
	  cargo check -q -p $$c --no-default-features && cargo check -q -p $$c --all-features || exit 1; done
	RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps --all-features
	cd fuzz && cargo check -q --target-dir ../target/fuzz
	for c in $(CRATES); do \
	  cargo check -q -p $$c --no-default-features --target $(WINDOWS) || exit 1; done

test: ## everything, then the tests that need a foreign peer (they fail when the peer is missing)
	cargo test --workspace
	cargo test --workspace -- --ignored
	cargo test -p ihe-pix --features postgres postgres -- --include-ignored

conform: ## black-box tests of the servers; NIST=dir/of/checks/nist also runs NIST's first plans
	cargo build --release -p regional-network
	REGIONAL_NETWORK_BIN=$(CURDIR)/target/release/regional-network cargo test -p conformance
	@if [ -n "$(NIST)" ]; then ./.ci/nist "$(NIST)"; \
	 else echo "NIST's plans were NOT run: make conform NIST=/path/to/checks/nist"; fi

bench: ## criterion benches, each beside its limit
	cargo bench -p hl7v2

docs: ## the API documentation, in target/doc
	cargo doc --workspace --no-deps --all-features
