//! Frames: a code and a payload, enciphered and authenticated.
//!
//! ```text
//! 16  header: 3 bytes of size, c2 80 80, zeros      enciphered
//! 16  what authenticates the header
//!  n  rlp(code), payload, zeros up to a multiple of 16    enciphered
//! 16  what authenticates everything up to here
//! ```
//!
//! The size is that of code and payload without the zeros. Each direction has one cipher stream and one
//! running hash over all its frames, so nothing can be left out, repeated or put elsewhere. Source:
//! go-zenon `p2p/rlpx.go`.

use crate::wire::FRAME_BYTES_MAX;
use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use alloy_rlp::{Decodable, Encodable};
use bytes::Bytes;
use ctr::Ctr128BE;
use k256::elliptic_curve::subtle::ConstantTimeEq;
use sha3::{Digest, Sha3_256};

/// Bytes before the content.
pub const HEADER_BYTES: usize = 2 * BLOCK_BYTES;
/// Longest code, in bytes.
const CODE_BYTES_MAX: usize = 9;
/// Most bytes of code and payload.
pub const CONTENT_BYTES_MAX: usize = FRAME_BYTES_MAX + CODE_BYTES_MAX;
/// The size has three bytes.
const _: () = assert!(CONTENT_BYTES_MAX < 1 << 24);
const BLOCK_BYTES: usize = 16;
/// What every header has after the size.
const HEADER_DATA: [u8; 3] = [0xc2, 0x80, 0x80];

/// Why a frame can't be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The header was not made by the other side, or not now.
    #[error("the header of a frame is not authentic")]
    Header,
    /// The content was not made by the other side.
    #[error("the content of a frame is not authentic")]
    Content,
    /// More than a frame may have.
    #[error("a frame has at most {CONTENT_BYTES_MAX} bytes, this one {0}")]
    TooLong(usize),
    /// The frame does not begin with a number.
    #[error("a frame has no code")]
    Code,
}

/// One direction's running hash.
struct Running {
    hash: Sha3_256,
    cipher: Aes256,
}

impl Running {
    fn new(key: &[u8; 32], hash: Sha3_256) -> Running {
        Running { hash, cipher: Aes256::new(key.into()) }
    }

    fn sum(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Goes on with `seed`; what it gives authenticates everything so far.
    fn mix(&mut self, seed: &[u8; BLOCK_BYTES]) -> [u8; BLOCK_BYTES] {
        let mut block = first(&self.sum()).into();
        self.cipher.encrypt_block(&mut block);
        for (byte, seed) in block.iter_mut().zip(seed) {
            *byte ^= seed;
        }
        self.hash.update(block);
        first(&self.sum())
    }

    /// Authenticates the content that was hashed.
    fn close(&mut self) -> [u8; BLOCK_BYTES] {
        let seed = first(&self.sum());
        self.mix(&seed)
    }
}

/// Writes frames. A frame goes out in parts, so that no second copy of a large payload is made:
/// [`Writer::begin`], [`Writer::part`] as often as it takes, [`Writer::end`].
pub struct Writer {
    cipher: Ctr128BE<Aes256>,
    running: Running,
    /// Bytes of content that are still to come.
    missing: usize,
    /// Zeros after them.
    zeros: usize,
}

impl Writer {
    /// A writer under the secrets of a connection.
    pub fn new(aes: &[u8; 32], mac: &[u8; 32], egress: Sha3_256) -> Writer {
        // The key is used for one connection, so the counter may start at zero.
        let cipher = Ctr128BE::new(aes.into(), &[0; BLOCK_BYTES].into());
        Writer { cipher, running: Running::new(mac, egress), missing: 0, zeros: 0 }
    }

    /// Appends the header and the code of a frame whose payload has `payload_bytes`.
    pub fn begin(
        &mut self,
        code: u64,
        payload_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), FrameError> {
        let content_bytes = code.length().saturating_add(payload_bytes);
        if payload_bytes > FRAME_BYTES_MAX {
            return Err(FrameError::TooLong(content_bytes));
        }
        assert_eq!(self.missing + self.zeros, 0, "one frame ends before the next begins");
        let size = u32::try_from(content_bytes).expect("its limit fits").to_be_bytes();
        let mut header = [0; BLOCK_BYTES];
        header[..3].copy_from_slice(&size[1..]);
        header[3..6].copy_from_slice(&HEADER_DATA);
        self.cipher.apply_keystream(&mut header);
        out.extend_from_slice(&header);
        out.extend_from_slice(&self.running.mix(&header));
        self.missing = content_bytes;
        self.zeros = padding(content_bytes);
        let mut encoded = Vec::with_capacity(CODE_BYTES_MAX);
        code.encode(&mut encoded);
        self.part(&encoded, out);
        Ok(())
    }

    /// Appends the next part of the payload.
    pub fn part(&mut self, part: &[u8], out: &mut Vec<u8>) {
        self.missing = self.missing.checked_sub(part.len()).expect("as long as was said");
        self.encipher(part, out);
    }

    /// Appends what ends the frame.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        assert_eq!(self.missing, 0, "as long as was said");
        let zeros = std::mem::take(&mut self.zeros);
        self.encipher(&[0; BLOCK_BYTES][..zeros], out);
        out.extend_from_slice(&self.running.close());
    }

    /// Appends a whole frame.
    pub fn frame(
        &mut self,
        code: u64,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), FrameError> {
        self.begin(code, payload.len(), out)?;
        self.part(payload, out);
        self.end(out);
        Ok(())
    }

    fn encipher(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(plain);
        self.cipher.apply_keystream(&mut out[start..]);
        self.running.hash.update(&out[start..]);
    }
}

/// Reads frames: [`Reader::header`] says how much follows, [`Reader::content`] takes it.
pub struct Reader {
    cipher: Ctr128BE<Aes256>,
    running: Running,
}

/// How long the rest of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(usize);

impl Size {
    /// Bytes of code and payload.
    pub fn content_bytes(self) -> usize {
        self.0
    }

    /// Bytes that follow the header.
    pub fn wire_bytes(self) -> usize {
        self.0 + padding(self.0) + BLOCK_BYTES
    }
}

impl Reader {
    /// A reader under the secrets of a connection.
    pub fn new(aes: &[u8; 32], mac: &[u8; 32], ingress: Sha3_256) -> Reader {
        let cipher = Ctr128BE::new(aes.into(), &[0; BLOCK_BYTES].into());
        Reader { cipher, running: Running::new(mac, ingress) }
    }

    /// Reads a header. After an error nothing of this direction can be read any more.
    pub fn header(&mut self, header: &[u8; HEADER_BYTES]) -> Result<Size, FrameError> {
        let mut plain: [u8; BLOCK_BYTES] = first(header);
        let given = &header[BLOCK_BYTES..];
        if !bool::from(self.running.mix(&plain)[..].ct_eq(given)) {
            return Err(FrameError::Header);
        }
        self.cipher.apply_keystream(&mut plain);
        let size = u32::from_be_bytes([0, plain[0], plain[1], plain[2]]);
        let size = usize::try_from(size).expect("three bytes fit");
        match size <= CONTENT_BYTES_MAX {
            true => Ok(Size(size)),
            false => Err(FrameError::TooLong(size)),
        }
    }

    /// Reads the [`Size::wire_bytes`] that follow a header: code and payload.
    pub fn content(&mut self, size: Size, mut wire: Vec<u8>) -> Result<(u64, Bytes), FrameError> {
        assert_eq!(wire.len(), size.wire_bytes(), "as long as the header said");
        let given = wire.split_off(wire.len() - BLOCK_BYTES);
        self.running.hash.update(&wire);
        if !bool::from(self.running.close()[..].ct_eq(&given[..])) {
            return Err(FrameError::Content);
        }
        self.cipher.apply_keystream(&mut wire);
        wire.truncate(size.0);
        let mut rest = &wire[..];
        let code = u64::decode(&mut rest).map_err(|_| FrameError::Code)?;
        let code_bytes = wire.len() - rest.len();
        Ok((code, Bytes::from(wire).slice(code_bytes..)))
    }
}

/// Zeros after so many bytes of content.
fn padding(content_bytes: usize) -> usize {
    content_bytes.next_multiple_of(BLOCK_BYTES) - content_bytes
}

fn first(bytes: &[u8; 32]) -> [u8; BLOCK_BYTES] {
    bytes[..BLOCK_BYTES].try_into().expect("16 of 32 bytes")
}
