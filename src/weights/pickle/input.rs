//! The bytes of a pickle, read front to back; no length is trusted before the bytes are seen.

use super::PickleError;

#[derive(Debug)]
pub(super) struct Input<'p> {
    pub(super) bytes: &'p [u8],
    pub(super) position: usize,
}

impl<'p> Input<'p> {
    /// A little-endian length of `width` bytes.
    pub(super) fn length(&mut self, width: usize) -> Result<usize, PickleError> {
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(self.take(width)?);
        usize::try_from(u64::from_le_bytes(bytes)).map_err(|_| self.truncated())
    }

    pub(super) fn line(&mut self) -> Result<&'p str, PickleError> {
        let rest = &self.bytes[self.position..];
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(self.truncated())?;
        self.position += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| PickleError::Malformed {
            expected: "a Python name",
            offset: self.position,
        })
    }

    pub(super) fn u8(&mut self) -> Result<u8, PickleError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let (array, _) = self.bytes[self.position..].split_first_chunk().ok_or(self.truncated())?;
        self.position += N;
        Ok(*array)
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'p [u8], PickleError> {
        let end = self.position.checked_add(n).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(self.truncated())?;
        let taken = &self.bytes[self.position..end];
        self.position = end;
        Ok(taken)
    }

    fn truncated(&self) -> PickleError {
        PickleError::Truncated { offset: self.position }
    }
}
