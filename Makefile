# Five verbs; CI calls only these and the README's test command.
CRATES  = hl7v2 ihe-soap ihe-atna ihe-ct ihe-pix ihe-xds
WINDOWS = x86_64-pc-windows-gnu
# Tests named shared_.. read messages that are not part of the project.
SKIPPED = $(if $(RENKEI_SHARED),,--skip shared_)

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
	cargo test --workspace -- --ignored $(SKIPPED)
	cargo test -p ihe-ct -p ihe-pix -p ihe-xds -p ihe-atna --all-features -- --include-ignored $(SKIPPED)
	@$(if $(RENKEI_SHARED),,echo "the tests over shared messages were NOT run: make test RENKEI_SHARED=/path/to/shared")

conform: ## the suite against our own actors, over TLS and plain; NIST=dir/of/checks/nist also runs NIST's first plans
	cargo build --release -p conformance -p regional-network -p actors --bins --examples
	.ci/conform tls target/release --html target/conformance-tls.html --junit target/conformance-tls.xml
	.ci/conform plain target/release --html target/conformance-plain.html --junit target/conformance-plain.xml
	target/release/ihe-conformance coverage
	@if [ -n "$(NIST)" ]; then ./.ci/nist "$(NIST)"; \
	 else echo "NIST's plans were NOT run: make conform NIST=/path/to/checks/nist"; fi

bench: ## each beside its limit and its peers in the same run
	cargo bench -p hl7v2
	cargo bench -p ihe-ct --bench server
	cargo bench -p ihe-pix --bench matching
	cargo bench -p ihe-pix --bench identities
	cargo bench -p ihe-pix --bench wire
	cargo bench -p ihe-soap
	cargo bench -p ihe-xds --bench ebrim -- --table
	cargo bench -p ihe-xds --bench registry
	cargo bench -p ihe-xds --bench repository
	cargo bench -p ihe-atna

docs: ## the API documentation, in target/doc
	cargo doc --workspace --no-deps --all-features
