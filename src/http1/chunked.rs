//! The chunked coding, byte by byte: sizes, extensions and trailers. Data goes past it in slices.

use super::BodyError;
use super::bytes::{is_token_byte, is_value_byte};

/// The most digits that a chunk size may have. 16 hexadecimal digits are what a `u64` holds, so no size overflows.
pub const MAX_SIZE_DIGITS: u8 = 16;

/// The most bytes that the extensions of one chunk may take, from the size to the end of the line.
pub const MAX_EXTENSION: u16 = 256;

/// The most bytes that the trailers of a body may take, their line ends not counted.
pub const MAX_TRAILERS: u16 = 4096;

/// Where in a body the next byte is. The chunked coding is RFC 9112, section 7.1:
///
/// ```text
/// Size --CR--> SizeLf --LF--> Data --> DataCr --> DataLf --> Size ...
///  |  \-;--> Extension -CR-^     \ (size 0)
///  \-SP-> Blank -;-^              \--> Trailer ... --> EndLf --> End
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// In a body with a Content-Length, this many bytes (not 0) before its end.
    Counted(u64),
    UntilClose,
    Size {
        size: u64,
        digits: u8,
    },
    /// In white space between the size and an extension; `seen` bytes of extension so far.
    Blank {
        size: u64,
        seen: u16,
    },
    Extension {
        size: u64,
        seen: u16,
    },
    SizeLf {
        size: u64,
    },
    /// This many bytes (not 0) before the end of the chunk.
    Data(u64),
    DataCr,
    DataLf,
    /// At the start of a line after the last chunk; `seen` bytes of trailers so far.
    Trailer {
        seen: u16,
    },
    TrailerName {
        seen: u16,
    },
    TrailerValue {
        seen: u16,
    },
    TrailerLf {
        seen: u16,
    },
    EndLf,
    End,
}

impl State {
    /// How many bytes of data can follow, if data is what comes next.
    pub(super) const fn available(self) -> Option<u64> {
        match self {
            Self::Counted(left) | Self::Data(left) => Some(left),
            Self::UntilClose => Some(u64::MAX),
            _ => None,
        }
    }

    /// The state after `len` bytes of data.
    pub(super) fn after(self, len: usize) -> Self {
        let len = len as u64;
        match self {
            Self::Counted(left) if left <= len => Self::End,
            Self::Counted(left) => Self::Counted(left.saturating_sub(len)),
            Self::Data(left) if left <= len => Self::DataCr,
            Self::Data(left) => Self::Data(left.saturating_sub(len)),
            other => other,
        }
    }

    /// The state after one byte of framing.
    pub(super) fn next(self, got: u8) -> Result<Self, BodyError> {
        match self {
            Self::Size { size, digits } => after_size(size, digits, got),
            Self::Blank { size, seen } => match got {
                b' ' | b'\t' => Ok(Self::Blank { size, seen: extend(seen)? }),
                b';' => Ok(Self::Extension { size, seen: extend(seen)? }),
                _ => Err(BodyError::Extension { got }),
            },
            Self::Extension { size, seen } => match got {
                b'\r' => Ok(Self::SizeLf { size }),
                b'\n' => Err(BodyError::LineEnd { got }),
                _ if is_value_byte(got) => Ok(Self::Extension { size, seen: extend(seen)? }),
                _ => Err(BodyError::Extension { got }),
            },
            Self::SizeLf { size: 0 } => line_end(got, Self::Trailer { seen: 0 }),
            Self::SizeLf { size } => line_end(got, Self::Data(size)),
            Self::DataCr if got == b'\r' => Ok(Self::DataLf),
            Self::DataLf if got == b'\n' => Ok(Self::Size { size: 0, digits: 0 }),
            Self::DataCr | Self::DataLf => Err(BodyError::ChunkEnd { got }),
            Self::Trailer { .. } if got == b'\r' => Ok(Self::EndLf),
            Self::Trailer { seen } if is_token_byte(got) => Ok(Self::TrailerName { seen: trail(seen)? }),
            Self::TrailerName { seen } if is_token_byte(got) => Ok(Self::TrailerName { seen: trail(seen)? }),
            Self::TrailerName { seen } if got == b':' => Ok(Self::TrailerValue { seen: trail(seen)? }),
            Self::TrailerValue { seen } if got == b'\r' => Ok(Self::TrailerLf { seen }),
            Self::TrailerValue { seen } if is_value_byte(got) => Ok(Self::TrailerValue { seen: trail(seen)? }),
            Self::Trailer { .. } | Self::TrailerValue { .. } if got == b'\n' => Err(BodyError::LineEnd { got }),
            Self::Trailer { .. } | Self::TrailerName { .. } | Self::TrailerValue { .. } => {
                Err(BodyError::Trailer { got })
            }
            Self::TrailerLf { seen } => line_end(got, Self::Trailer { seen }),
            Self::EndLf => line_end(got, Self::End),
            Self::Counted(_) | Self::UntilClose | Self::Data(_) | Self::End => Ok(self),
        }
    }
}

fn after_size(size: u64, digits: u8, got: u8) -> Result<State, BodyError> {
    let digit = char::from(got).to_digit(16).map(u64::from);
    match (digit, got) {
        (Some(_), _) if digits >= MAX_SIZE_DIGITS => Err(BodyError::SizeTooLong),
        (Some(digit), _) => Ok(State::Size {
            size: size.checked_mul(16).ok_or(BodyError::SizeTooLong)? | digit,
            digits: digits.saturating_add(1),
        }),
        (None, _) if digits == 0 => Err(BodyError::Size { got }),
        (None, b'\r') => Ok(State::SizeLf { size }),
        (None, b'\n') => Err(BodyError::LineEnd { got }),
        (None, b';') => Ok(State::Extension { size, seen: 1 }),
        (None, b' ' | b'\t') => Ok(State::Blank { size, seen: 1 }),
        (None, _) => Err(BodyError::Size { got }),
    }
}

/// One more byte of extension, if there may be one.
fn extend(seen: u16) -> Result<u16, BodyError> {
    if seen < MAX_EXTENSION { Ok(seen.saturating_add(1)) } else { Err(BodyError::ExtensionTooLong) }
}

/// One more byte of trailers, if there may be one. Their line ends are not counted: each follows at least two bytes.
fn trail(seen: u16) -> Result<u16, BodyError> {
    if seen < MAX_TRAILERS { Ok(seen.saturating_add(1)) } else { Err(BodyError::TrailersTooLong) }
}

/// `next`, if the byte after a CR is LF.
fn line_end(got: u8, next: State) -> Result<State, BodyError> {
    if got == b'\n' { Ok(next) } else { Err(BodyError::LineEnd { got }) }
}
