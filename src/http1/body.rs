//! Bodies: from the bytes after a head to the bytes that were meant.

use super::chunked::State;
use super::{BodyError, Framing};

/// An incremental decoder of one body.
///
/// It holds a count and a state, no bytes; copies of it are independent. Chunk extensions and trailers are checked,
/// bounded and dropped.
///
/// ```
/// use resumable::http1::{Body, Framing};
///
/// let mut body = Body::new(Framing::Chunked);
/// let first = body.decode(b"7;name=value\r\nabc")?;
/// assert_eq!((first.data, first.consumed), (&b"abc"[..], 17));
/// let rest = body.decode(b"defg\r\n0\r\n\r\nGET / HTTP/1.1\r\n")?;
/// assert_eq!((rest.data, rest.consumed), (&b"defg"[..], 4));
/// let end = body.decode(b"\r\n0\r\n\r\nGET / HTTP/1.1\r\n")?;
/// assert_eq!((end.data, end.consumed), (&b""[..], 7)); // What follows is the next request.
/// assert!(body.is_end());
/// # Ok::<(), resumable::http1::BodyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Body {
    state: State,
}

/// What one call of [`Body::decode`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decoded<'b> {
    /// How many bytes of the input are done with. They must not be given again.
    pub consumed: usize,
    /// Bytes of the body: the last part of what was consumed. Empty if that was framing only.
    pub data: &'b [u8],
}

impl Body {
    /// A decoder at the start of a body that ends as `framing` says.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::End,
            Framing::Length(length) => State::Counted(length),
            Framing::Chunked => State::Size { size: 0, digits: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        Self { state }
    }

    /// Takes the next bytes of the body, up to the end of the first run of data in them.
    ///
    /// Call it again with the rest of the input until [`is_end`](Self::is_end), or until `consumed` is 0, which
    /// happens only for an empty input and after the end. It keeps nothing back: what is not data was framing. Bytes
    /// after the body are never consumed; they belong to the next head.
    ///
    /// # Errors
    ///
    /// See [`BodyError`]. The decoder is then as it was before the call, so the same input gets the same error.
    pub fn decode<'b>(&mut self, input: &'b [u8]) -> Result<Decoded<'b>, BodyError> {
        let mut state = self.state;
        let mut rest = input;
        let mut data: &[u8] = &[];
        loop {
            if let Some(available) = state.available() {
                let len = usize::try_from(available).unwrap_or(usize::MAX);
                (data, rest) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                state = state.after(data.len());
                break;
            }
            if state == State::End {
                break;
            }
            let Some((byte, tail)) = rest.split_first() else {
                break;
            };
            state = state.next(*byte)?;
            rest = tail;
        }
        self.state = state;
        Ok(Decoded { consumed: input.len().saturating_sub(rest.len()), data })
    }

    /// Whether the body was read to its end. Never true for [`Framing::UntilClose`], which only a close ends.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.state == State::End
    }

    /// Whether the body is whole if the peer closes now; if not, it was cut.
    ///
    /// A cut body is not what the sender meant to send, whatever arrived of it (RFC 9112, section 8).
    ///
    /// ```
    /// use resumable::http1::{Body, Framing};
    ///
    /// assert!(Body::new(Framing::Length(0)).is_clean_at_close());
    /// assert!(!Body::new(Framing::Length(7)).is_clean_at_close());
    /// assert!(!Body::new(Framing::Chunked).is_clean_at_close());
    /// assert!(Body::new(Framing::UntilClose).is_clean_at_close());
    /// ```
    #[must_use]
    pub fn is_clean_at_close(&self) -> bool {
        matches!(self.state, State::End | State::UntilClose)
    }
}
