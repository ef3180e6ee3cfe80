//! One thing that is measured.

use std::fmt;

/// One thing that is measured, once by each call of `run`.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Makes cases of blocks. What a block comes to is kept from being optimised away.
macro_rules! cases {
    ($($name:literal => $run:expr,)*) => {
        &[$($crate::case::Case {
            name: $name,
            run: || {
                let _ = std::hint::black_box($run);
            },
        }),*]
    };
}

pub(crate) use cases;
