#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| resumable_fuzz::http1_heads::run(data));
