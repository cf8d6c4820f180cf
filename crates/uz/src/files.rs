//! Files that may be packed: plain, gzip, zstd or xz, told by their first bytes.

use crate::outcome::Failure;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// Most bytes that a file may have once it is unpacked.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0];

/// Reads a whole file, unpacked.
pub fn read_packed(path: &Path) -> Result<Vec<u8>, Failure> {
    let failure = |error: io::Error| Failure::io("read", path, error);
    let mut file = BufReader::new(File::open(path).map_err(failure)?);
    let mut head = [0; 6];
    let read = fill(&mut file, &mut head).map_err(failure)?;
    let whole = io::Cursor::new(head[..read].to_vec()).chain(file);
    unpack(&head[..read], whole).map_err(failure)
}

fn unpack(head: &[u8], whole: impl Read) -> io::Result<Vec<u8>> {
    match head {
        head if head.starts_with(GZIP) => limited(flate2::read::MultiGzDecoder::new(whole)),
        head if head.starts_with(ZSTD) => limited(zstd::Decoder::new(whole)?),
        head if head.starts_with(XZ) => limited(lzma_rust2::XzReader::new(whole, true)),
        _ => limited(whole),
    }
}

/// Reads up to the limit; more is an error.
fn limited(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(UNPACKED_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > UNPACKED_BYTES_MAX {
        let text = format!("it has more than {UNPACKED_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(bytes)
}

/// Reads until the buffer is full or nothing is left.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match source.read(&mut buffer[read..])? {
            0 => break,
            count => read += count,
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    #[test]
    fn packed_files_are_told_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"{\"some\": \"text\"}".repeat(100);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&text).unwrap();
        // `xz` wrote this from the text above.
        let xz = include_bytes!("../tests/data/text.xz").to_vec();
        let packed =
            [text.clone(), gzip.finish().unwrap(), zstd::encode_all(&text[..], 1).unwrap(), xz];
        for (index, bytes) in packed.iter().enumerate() {
            let path = folder.path().join(index.to_string());
            fs::write(&path, bytes).unwrap();
            assert_eq!(read_packed(&path).unwrap(), text, "{index}");
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for head in [GZIP, ZSTD, XZ] {
            fs::write(&path, [head, &[1, 2, 3]].concat()).unwrap();
            assert!(read_packed(&path).is_err());
        }
        fs::write(&path, b"").unwrap();
        assert_eq!(read_packed(&path).unwrap(), b"");
    }
}
