//! A chain of momentums in one file, verified frame by frame as it is read.
//!
//! All numbers are big-endian.
//!
//! | header | bytes |
//! |---|---|
//! | `NOMCHAIN` | 8 |
//! | version of this format, 1 | 4 |
//! | chain identifier | 8 |
//! | hash of the first momentum of the network | 32 |
//! | first and last height in the file | 8 + 8 |
//! | hash of the last momentum | 32 |
//! | first half of SHA3-256 of all before | 16 |
//!
//! Frames follow, the last of which holds 0 momentums:
//!
//! | frame | bytes |
//! |---|---|
//! | length of the payload, compressed and plain | 4 + 4 |
//! | height of the first momentum, number of momentums | 8 + 4 |
//! | SHA3-256 of the fields above and of the compressed payload | 32 |
//! | payload, compressed with zstd | |
//!
//! The payload holds, for each momentum, its protobuf form, the number of its blocks (4 bytes), and
//! their protobuf forms; each form after its length (4 bytes). Sends of contracts are left out: they are
//! inside of the blocks that caused them.

use ledger::block::{AccountBlock, BlockType};
use ledger::codec::protobuf;
use ledger::types::{Hash, HashHeight, sha3_256, sha3_256_of};
use ledger::{DetailedMomentum, Momentum};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

const MAGIC: [u8; 8] = *b"NOMCHAIN";
/// Version of the format.
pub const VERSION: u32 = 1;
const HEADER_LEN: usize = 8 + 4 + 8 + 32 + 8 + 8 + 32;
const HEADER_SUM_LEN: usize = 16;
const FRAME_HEAD_LEN: usize = 4 + 4 + 8 + 4;
/// Plain bytes after which a frame is closed.
const FRAME_BYTES: usize = 1 << 20;
/// Most plain bytes of a frame: one momentum of the largest kind has less than half of that.
const PLAIN_BYTES_MAX: usize = 64 << 20;
/// Most compressed bytes of a frame.
const COMPRESSED_BYTES_MAX: usize = 64 << 20;
/// Most momentums in a frame.
const FRAME_MOMENTUMS_MAX: usize = 10_000;
const LEVEL: i32 = 6;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The network.
    pub chain_identifier: u64,
    /// Its first momentum.
    pub genesis: Hash,
    /// Height of the first momentum in the file.
    pub first: u64,
    /// The last momentum in the file.
    pub last: HashHeight,
}

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused, or the file ends early.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is no such file.
    #[error("this is no exported chain: it begins with {0:02x?}, not with NOMCHAIN")]
    Magic([u8; 8]),
    /// It is of a newer format.
    #[error("the file has format {0}, and this version knows formats up to {VERSION}")]
    Version(u32),
    /// The header was changed.
    #[error("the file's header does not match its checksum")]
    Header,
    /// The file ends before its last momentum.
    #[error("the file ends after momentum {found} of {wanted}: it was cut off")]
    Cut {
        /// Newest momentum that was read.
        found: u64,
        /// Last one that the header announces.
        wanted: u64,
    },
    /// A frame was changed.
    #[error("the frame with momentum {height} {what}")]
    Frame {
        /// Height at which the frame should begin.
        height: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// Writes a file.
pub struct Writer<W: Write> {
    out: W,
    next: u64,
    last: u64,
    first: u64,
    count: u32,
    plain: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file; exactly the momentums that the header names are to follow.
    pub fn new(mut out: W, header: &Header) -> io::Result<Writer<W>> {
        let mut bytes = Vec::with_capacity(HEADER_LEN + HEADER_SUM_LEN);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&header.chain_identifier.to_be_bytes());
        bytes.extend_from_slice(&header.genesis.0);
        bytes.extend_from_slice(&header.first.to_be_bytes());
        bytes.extend_from_slice(&header.last.height.to_be_bytes());
        bytes.extend_from_slice(&header.last.hash.0);
        let sum = sha3_256(&bytes);
        bytes.extend_from_slice(&sum[..HEADER_SUM_LEN]);
        out.write_all(&bytes)?;
        Ok(Writer {
            out,
            next: header.first,
            last: header.last.height,
            first: header.first,
            count: 0,
            plain: Vec::new(),
        })
    }

    /// Adds the next momentum.
    pub fn add(&mut self, detailed: &DetailedMomentum) -> io::Result<()> {
        assert_eq!(detailed.momentum.height, self.next, "momentums are added in order");
        self.next += 1;
        self.count += 1;
        push(&mut self.plain, &protobuf::encode_momentum(&detailed.momentum));
        let blocks: Vec<&AccountBlock> =
            detailed.account_blocks.iter().filter(|block| !block.is_batched()).collect();
        self.plain.extend_from_slice(&length(blocks.len()).to_be_bytes());
        for block in blocks {
            push(&mut self.plain, &protobuf::encode_account_block(block));
        }
        if self.plain.len() >= FRAME_BYTES || self.count as usize >= FRAME_MOMENTUMS_MAX {
            self.close_frame()?;
        }
        Ok(())
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        assert_eq!(self.next, self.last + 1, "all momentums that the header names are there");
        if self.count > 0 {
            self.close_frame()?;
        }
        self.close_frame()?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn close_frame(&mut self) -> io::Result<()> {
        let compressed = match self.count {
            0 => Vec::new(),
            _ => zstd::bulk::compress(&self.plain, LEVEL)?,
        };
        let mut head = [0; FRAME_HEAD_LEN];
        head[..4].copy_from_slice(&length(compressed.len()).to_be_bytes());
        head[4..8].copy_from_slice(&length(self.plain.len()).to_be_bytes());
        head[8..16].copy_from_slice(&self.first.to_be_bytes());
        head[16..].copy_from_slice(&self.count.to_be_bytes());
        self.out.write_all(&head)?;
        self.out.write_all(&sha3_256_of(&[&head, &compressed]))?;
        self.out.write_all(&compressed)?;
        self.plain.clear();
        self.count = 0;
        self.first = self.next;
        Ok(())
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("frames are far below 4 GiB")
}

fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&length(bytes.len()).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Reads a file.
pub struct Reader<R: Read> {
    input: R,
    header: Header,
    next: u64,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads and checks the header.
    pub fn new(mut input: R) -> Result<Reader<R>, FileError> {
        let mut bytes = [0; HEADER_LEN + HEADER_SUM_LEN];
        let magic: &mut [u8] = &mut bytes[..8];
        input.read_exact(magic)?;
        let magic: [u8; 8] = bytes[..8].try_into().expect("8 bytes");
        if magic != MAGIC {
            return Err(FileError::Magic(magic));
        }
        input.read_exact(&mut bytes[8..12])?;
        let version = u32::from_be_bytes(bytes[8..12].try_into().expect("4 bytes"));
        if version != VERSION {
            return Err(FileError::Version(version));
        }
        input.read_exact(&mut bytes[12..])?;
        if bytes[HEADER_LEN..] != sha3_256(&bytes[..HEADER_LEN])[..HEADER_SUM_LEN] {
            return Err(FileError::Header);
        }
        let mut fields = Bytes(&bytes[12..HEADER_LEN]);
        let header = fields.header().ok_or(FileError::Header)?;
        if header.first == 0 || header.last.height == u64::MAX {
            return Err(FileError::Header);
        }
        Ok(Reader { input, header, next: header.first, ended: false })
    }

    /// What the file holds.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The momentums of the next frame; `None` after the last.
    pub fn next_frame(&mut self) -> Result<Option<Vec<DetailedMomentum>>, FileError> {
        if self.ended {
            return Ok(None);
        }
        let height = self.next;
        let wrong = |what| FileError::Frame { height, what };
        let mut head = [0; FRAME_HEAD_LEN];
        self.read(&mut head)?;
        let mut sum = [0; 32];
        self.read(&mut sum)?;
        let mut fields = Bytes(&head);
        let (compressed, plain) = (fields.length(), fields.length());
        let (first, count) = (fields.u64(), fields.length());
        let (Some(compressed), Some(plain), Some(first), Some(count)) =
            (compressed, plain, first, count)
        else {
            return Err(wrong("has a head of another size"));
        };
        if compressed > COMPRESSED_BYTES_MAX
            || plain > PLAIN_BYTES_MAX
            || count > FRAME_MOMENTUMS_MAX
        {
            return Err(wrong("is larger than any that is written"));
        }
        if first != self.next {
            return Err(wrong("begins at another height"));
        }
        // Memory grows with what is there, whatever the frame announces.
        let mut payload = Vec::new();
        (&mut self.input).take(compressed as u64).read_to_end(&mut payload)?;
        if payload.len() < compressed {
            return Err(self.cut());
        }
        if sha3_256_of(&[&head, &payload]) != sum {
            return Err(wrong("does not match its checksum"));
        }
        if count == 0 {
            self.ended = true;
            return match self.next == self.header.last.height + 1 {
                true => Ok(None),
                false => Err(self.cut()),
            };
        }
        let payload = decompress(&payload, plain).ok_or(wrong("can't be decompressed"))?;
        let mut bytes = Bytes(&payload);
        let mut momentums = Vec::new();
        for _ in 0..count {
            let detailed = bytes.momentum().map_err(wrong)?;
            if detailed.momentum.height != self.next {
                return Err(wrong("holds a momentum of another height"));
            }
            self.next += 1;
            momentums.push(detailed);
        }
        if !bytes.0.is_empty() {
            return Err(wrong("holds more than its momentums"));
        }
        Ok(Some(momentums))
    }

    fn read(&mut self, out: &mut [u8]) -> Result<(), FileError> {
        self.input.read_exact(out).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.cut(),
            _ => FileError::Io(error),
        })
    }

    fn cut(&self) -> FileError {
        FileError::Cut { found: self.next - 1, wanted: self.header.last.height }
    }
}

/// Decompresses to exactly `length` bytes.
fn decompress(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(bytes).ok()?;
    decoder.take(length as u64 + 1).read_to_end(&mut plain).ok()?;
    (plain.len() == length).then_some(plain)
}

/// Bytes that are not yet read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.take(4)?.try_into().ok()?)).ok()
    }

    fn hash(&mut self) -> Option<Hash> {
        Hash::from_slice(self.take(32)?)
    }

    fn header(&mut self) -> Option<Header> {
        let (chain_identifier, genesis) = (self.u64()?, self.hash()?);
        let (first, height) = (self.u64()?, self.u64()?);
        let last = HashHeight::new(self.hash()?, height);
        Some(Header { chain_identifier, genesis, first, last })
    }

    fn form(&mut self) -> Result<&'a [u8], &'static str> {
        let length = self.length().ok_or("ends within a length")?;
        self.take(length).ok_or("ends within a momentum")
    }

    fn momentum(&mut self) -> Result<DetailedMomentum, &'static str> {
        let momentum = protobuf::decode_momentum(self.form()?)
            .map_err(|_| "holds a momentum that does not decode")?;
        let count = self.length().ok_or("ends within a number of blocks")?;
        let mut blocks = BTreeMap::new();
        for _ in 0..count {
            let block = protobuf::decode_account_block(self.form()?)
                .map_err(|_| "holds a block that does not decode")?;
            blocks.insert(block.header(), block);
        }
        detailed(momentum, blocks).ok_or("lacks a block that a momentum confirms")
    }
}

/// Puts a momentum's blocks into the order of its content, sends of contracts included.
fn detailed(
    momentum: Momentum,
    blocks: BTreeMap<ledger::types::AccountHeader, AccountBlock>,
) -> Option<DetailedMomentum> {
    let inner: BTreeMap<_, &AccountBlock> = blocks
        .values()
        .flat_map(|block| &block.descendant_blocks)
        .filter(|block| block.block_type == BlockType::CONTRACT_SEND)
        .map(|block| (block.header(), block))
        .collect();
    let account_blocks = momentum
        .content
        .iter()
        .map(|header| blocks.get(header).or_else(|| inner.get(header).copied()).cloned())
        .collect::<Option<Vec<_>>>()?;
    Some(DetailedMomentum { momentum, account_blocks })
}

/// Reads `bytes` as a file to its end or first error, and as the payload of a frame, which checksums
/// guard otherwise: what a fuzzer calls.
pub fn read_all(bytes: &[u8]) -> Result<u64, FileError> {
    let mut payload = Bytes(bytes);
    while !payload.0.is_empty() && payload.momentum().is_ok() {}
    let mut reader = Reader::new(bytes)?;
    let mut momentums = 0;
    while let Some(frame) = reader.next_frame()? {
        momentums += frame.len() as u64;
    }
    Ok(momentums)
}
