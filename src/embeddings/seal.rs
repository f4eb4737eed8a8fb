//! Checksums over every byte of a table, kept in the Parquet file's own metadata.
//!
//! The format's decoder trusts its input and may panic on a damaged page, and a flipped bit in a vector would
//! pass unseen. So the rows' bytes and the tail after them (indexes and footer) each have a CRC-32 in the
//! footer: `<length of rows> <CRC of rows> <CRC of tail>`, the last one taken while its own digits were zero.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use parquet::file::metadata::KeyValue;

use crate::files::AtomicFile;

const KEY: &[u8] = b"pecmae.seal";
/// Between the end of the key and the value stand a field's type and the value's length, one byte each.
const KEY_TO_VALUE: usize = 2;
/// Hexadecimal digits of the length, of a checksum, and of all with two blanks.
const LENGTH_DIGITS: usize = 16;
const CRC_DIGITS: usize = 8;
const VALUE: usize = LENGTH_DIGITS + 2 * (1 + CRC_DIGITS);
/// Length of the footer and the format's magic.
const END: usize = 8;

/// A table under construction that keeps account of its bytes.
#[derive(Debug)]
pub(super) struct SealedFile {
    file: AtomicFile,
    rows: crc32fast::Hasher,
    n_row_bytes: u64,
    /// Everything after the rows; held back until it can be sealed.
    tail: Option<Vec<u8>>,
}

impl SealedFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let (file, rows) = (AtomicFile::create(path)?, crc32fast::Hasher::new());
        Ok(Self { file, rows, n_row_bytes: 0, tail: None })
    }

    /// Ends the rows: what is written from now on is the tail, which must hold the pair returned.
    pub(super) fn end_rows(&mut self) -> KeyValue {
        self.tail = Some(Vec::new());
        let crc = self.rows.clone().finalize();
        let key = String::from_utf8_lossy(KEY).into_owned();
        KeyValue::new(key, format!("{:016x} {crc:08x} {:08x}", self.n_row_bytes, 0))
    }

    pub(super) fn commit(mut self) -> io::Result<()> {
        let mut tail = self.tail.take().unwrap_or_default();
        let value = value_in(&tail).ok_or_else(|| io::Error::other("the footer has no seal"))?;
        let crc = crc32fast::hash(&tail);
        let digits = value + VALUE - CRC_DIGITS..value + VALUE;
        tail[digits].copy_from_slice(format!("{crc:08x}").as_bytes());
        self.file.write_all(&tail)?;
        self.file.commit()
    }
}

impl Write for SealedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(tail) = &mut self.tail {
            return tail.write(bytes);
        }
        let n_written = self.file.write(bytes)?;
        self.rows.update(&bytes[..n_written]);
        self.n_row_bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What a table's footer says about its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal {
    n_row_bytes: u64,
    crc: u32,
}

impl Seal {
    /// Checks the tail of a table; `Err` says what is wrong with it.
    pub(super) fn of_tail(file: &mut File) -> io::Result<Result<Self, &'static str>> {
        let length = file.seek(SeekFrom::End(0))?;
        let Some(end_at) = length.checked_sub(END as u64) else { return Ok(Err("too short")) };
        let mut end = [0; END];
        file.seek(SeekFrom::Start(end_at))?;
        file.read_exact(&mut end)?;
        let [a, b, c, d, magic @ ..] = end;
        if &magic != b"PAR1" {
            return Ok(Err("it does not end as a Parquet file does"));
        }
        let n_footer_bytes = u64::from(u32::from_le_bytes([a, b, c, d]));
        let Some(footer_at) = end_at.checked_sub(n_footer_bytes) else {
            return Ok(Err("its footer is cut off"));
        };
        let footer = read_from(file, footer_at)?;
        let Some(value) = value_in(&footer) else {
            return Ok(Err("a Parquet file that another program wrote"));
        };
        let Some((seal, tail_crc)) = Self::parse(&footer[value..value + VALUE]) else {
            return Ok(Err("its seal is malformed"));
        };
        if seal.n_row_bytes > footer_at {
            return Ok(Err("its seal is malformed"));
        }
        let mut tail = read_from(file, seal.n_row_bytes)?;
        let digits = tail.len() - footer.len() + value + VALUE - CRC_DIGITS;
        tail[digits..digits + CRC_DIGITS].fill(b'0');
        let whole = crc32fast::hash(&tail) == tail_crc;
        Ok(if whole { Ok(seal) } else { Err("its footer does not match its checksum") })
    }

    /// Whether the rows are those that were written; reads the whole file once.
    pub(super) fn fits_rows(self, file: File) -> io::Result<bool> {
        let mut crc = crc32fast::Hasher::new();
        let mut buffer = vec![0; 1 << 20];
        let mut rows = file.take(self.n_row_bytes);
        loop {
            match rows.read(&mut buffer) {
                Ok(0) => return Ok(crc.finalize() == self.crc),
                Ok(n) => crc.update(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn parse(value: &[u8]) -> Option<(Self, u32)> {
        let mut numbers = std::str::from_utf8(value).ok()?.split(' ');
        let n_row_bytes = u64::from_str_radix(numbers.next()?, 16).ok()?;
        let mut crc = || u32::from_str_radix(numbers.next()?, 16).ok();
        let (rows, tail) = (crc()?, crc()?);
        Some((Self { n_row_bytes, crc: rows }, tail))
    }
}

fn read_from(file: &mut File, start: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the seal's value begins.
fn value_in(tail: &[u8]) -> Option<usize> {
    let key = tail.windows(KEY.len()).rposition(|window| window == KEY)?;
    let value = key + KEY.len() + KEY_TO_VALUE;
    (value + VALUE <= tail.len()).then_some(value)
}
