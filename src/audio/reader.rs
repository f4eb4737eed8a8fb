//! An audio file → blocks of mono samples at the wanted rate, in constant memory.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use symphonia::core::io::MediaSource;

use super::decoder::{Decoder, check_rate};
use super::resampler::StreamResampler;
use super::{AudioError, AudioInfo};

/// A sound read block by block: decoded, channels averaged, resampled.
///
/// The content decides what the file is, not its name. A file already at the wanted rate keeps its samples bit for bit.
pub struct AudioReader {
    decoder: Decoder,
    resampler: Option<StreamResampler>,
    sample_rate_hz: u32,
    block: Vec<f32>,
    ended: bool,
}

impl AudioReader {
    /// Opens a file to be read at `target_rate_hz`.
    ///
    /// # Errors
    /// Everything that is wrong with the file up to and including its first block.
    pub fn open(path: &Path, target_rate_hz: u32) -> Result<Self, AudioError> {
        let read = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => AudioError::Missing { path: path.to_owned() },
            _ => AudioError::Read { path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(read)?;
        if file.metadata().map_err(read)?.is_dir() {
            return Err(AudioError::Folder { path: path.to_owned() });
        }
        Self::from_source(Box::new(file), path, target_rate_hz)
    }

    /// The same for a file in memory; `name` stands for it in errors.
    ///
    /// # Errors
    /// As [`AudioReader::open`].
    pub fn from_bytes(
        bytes: Vec<u8>,
        name: &Path,
        target_rate_hz: u32,
    ) -> Result<Self, AudioError> {
        Self::from_source(Box::new(Cursor::new(bytes)), name, target_rate_hz)
    }

    fn from_source(
        source: Box<dyn MediaSource>,
        path: &Path,
        target_rate_hz: u32,
    ) -> Result<Self, AudioError> {
        check_rate(target_rate_hz, path)?;
        if source.byte_len() == Some(0) {
            return Err(AudioError::Empty { path: path.to_owned() });
        }
        let decoder = Decoder::open(source, path)?;
        let rate_hz = decoder.info().sample_rate_hz;
        let resampler =
            (rate_hz != target_rate_hz).then(|| StreamResampler::new(rate_hz, target_rate_hz));
        Ok(Self {
            decoder,
            resampler,
            sample_rate_hz: target_rate_hz,
            block: Vec::new(),
            ended: false,
        })
    }

    /// What the file says about itself.
    pub fn info(&self) -> &AudioInfo {
        self.decoder.info()
    }

    /// The file, as it was given.
    pub fn path(&self) -> &Path {
        self.decoder.path()
    }

    /// The rate of the samples that come out, in Hz.
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The next samples `[sample]`, mono, at the wanted rate; never an empty block. `None` at the end and after an error.
    ///
    /// `n` samples in the file give `round(n · target / rate)` in all, and at least one.
    ///
    /// # Errors
    /// The file is corrupt, cut off, or holds a sample that is not finite.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        let Some(resampler) = &mut self.resampler else {
            return self.decoder.next_block();
        };
        self.block.clear();
        while self.block.is_empty() && !self.ended {
            match self.decoder.next_block() {
                Ok(Some(samples)) => resampler.push(samples, &mut self.block),
                Ok(None) => {
                    resampler.finish(&mut self.block);
                    self.ended = true;
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        Ok(Some(&*self.block).filter(|block| !block.is_empty()))
    }
}
