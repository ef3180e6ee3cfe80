#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| resumable_fuzz::client::run(data));
