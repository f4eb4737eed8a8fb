//! MP4 edit lists: which part of a track is the sound, and which its encoder's delay and padding.
//!
//! Source: ISO/IEC 14496-12, boxes `moov`, `mvhd`, `trak`, `tkhd`, `mdhd`, `elst`.

use std::io::{self, Read, Seek, SeekFrom};

/// The part of a track that is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) track_id: u32,
    /// Where it starts, in ticks of the track.
    media_time: u64,
    media_ticks_hz: u64,
    /// How long it lasts, in ticks of the movie; 0 if that is not stated.
    duration: u64,
    movie_ticks_hz: u64,
}

impl Edit {
    /// The samples to skip and, if stated, to keep, of a track of `n_frames` samples in all at `rate_hz`.
    pub(super) fn skip_and_keep(self, n_frames: Option<u64>, rate_hz: u32) -> (u64, Option<u64>) {
        let frames = |ticks: u64, ticks_hz: u64| {
            let frames = u128::from(ticks) * u128::from(rate_hz) / u128::from(ticks_hz.max(1));
            u64::try_from(frames).unwrap_or(u64::MAX)
        };
        let skip = frames(self.media_time, self.media_ticks_hz);
        let left = n_frames.map(|all| all.saturating_sub(skip));
        if self.duration == 0 {
            return (skip, left);
        }
        let keep = frames(self.duration, self.movie_ticks_hz);
        // A movie's ticks are often coarse, such as milliseconds: what is within one of them is better known by the track.
        let coarse = frames(1, self.movie_ticks_hz) + 1;
        (skip, Some(left.filter(|left| left.abs_diff(keep) <= coarse).unwrap_or(keep)))
    }
}

/// The edits of every track that has one, if `source` is an MP4 file; `source` ends at its start again.
pub(super) fn edits(source: &mut (impl Read + Seek + ?Sized)) -> io::Result<Vec<Edit>> {
    // A broken box is the demuxer's to report: it reads the same ones.
    let found = read_edits(source).unwrap_or_default();
    source.rewind()?;
    Ok(found)
}

fn read_edits(source: &mut (impl Read + Seek + ?Sized)) -> io::Result<Vec<Edit>> {
    source.seek(SeekFrom::Start(4))?;
    if bytes(source)? != *b"ftyp" {
        return Ok(Vec::new());
    }
    let end = source.seek(SeekFrom::End(0))?;
    let Some(moov) = Node { body: 0, end }.child(source, b"moov")? else { return Ok(Vec::new()) };
    let Some(mvhd) = moov.child(source, b"mvhd")? else { return Ok(Vec::new()) };
    let movie_ticks_hz = ticks_hz(source, &mvhd)?;
    let mut edits = Vec::new();
    for trak in moov.children(source, b"trak")? {
        let edit = read_edit(source, &trak, movie_ticks_hz)?;
        edits.extend(edit);
    }
    Ok(edits)
}

fn read_edit(
    source: &mut (impl Read + Seek + ?Sized),
    trak: &Node,
    movie_ticks_hz: u64,
) -> io::Result<Option<Edit>> {
    let Some(tkhd) = trak.child(source, b"tkhd")? else { return Ok(None) };
    let Some(mdia) = trak.child(source, b"mdia")? else { return Ok(None) };
    let Some(mdhd) = mdia.child(source, b"mdhd")? else { return Ok(None) };
    let Some(edts) = trak.child(source, b"edts")? else { return Ok(None) };
    let Some(elst) = edts.child(source, b"elst")? else { return Ok(None) };
    let media_ticks_hz = ticks_hz(source, &mdhd)?;
    let wide = is_wide(source, &tkhd)?;
    source.seek(SeekFrom::Current(if wide { 16 } else { 8 }))?;
    let track_id = u32::from_be_bytes(bytes(source)?);

    let wide = is_wide(source, &elst)?;
    let n_entries = u32::from_be_bytes(bytes(source)?);
    for _ in 0..n_entries.min(MAX_CHILDREN) {
        let (duration, media_time) = if wide {
            (u64::from_be_bytes(bytes(source)?), i64::from_be_bytes(bytes(source)?))
        } else {
            let duration = u32::from_be_bytes(bytes(source)?);
            (duration.into(), i32::from_be_bytes(bytes(source)?).into())
        };
        let _speed: [u8; 4] = bytes(source)?;
        // A negative time is a pause before the sound.
        if let Ok(media_time) = u64::try_from(media_time) {
            return Ok(Some(Edit {
                track_id,
                media_time,
                media_ticks_hz,
                duration,
                movie_ticks_hz,
            }));
        }
    }
    Ok(None)
}

/// The most boxes looked at inside another, so that a broken file cannot keep the reader busy.
const MAX_CHILDREN: u32 = 4096;

/// The inside of a box, as byte positions.
struct Node {
    body: u64,
    end: u64,
}

impl Node {
    fn child(
        &self,
        source: &mut (impl Read + Seek + ?Sized),
        kind: &[u8; 4],
    ) -> io::Result<Option<Self>> {
        Ok(self.children(source, kind)?.into_iter().next())
    }

    fn children(
        &self,
        source: &mut (impl Read + Seek + ?Sized),
        kind: &[u8; 4],
    ) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        let mut at = self.body;
        for _ in 0..MAX_CHILDREN {
            if self.end.saturating_sub(at) < 8 {
                break;
            }
            source.seek(SeekFrom::Start(at))?;
            let (length, name): (_, [u8; 4]) = (u32::from_be_bytes(bytes(source)?), bytes(source)?);
            let (header, length) = match length {
                0 => (8, self.end - at),
                1 => (16, u64::from_be_bytes(bytes(source)?)),
                length => (8, length.into()),
            };
            let Some(end) = at.checked_add(length).filter(|_| length >= header) else { break };
            if name == *kind {
                found.push(Self { body: at + header, end: end.min(self.end) });
            }
            at = end;
        }
        Ok(found)
    }
}

/// Whether a full box holds 64-bit times; leaves `source` after its version and flags.
fn is_wide(source: &mut (impl Read + Seek + ?Sized), node: &Node) -> io::Result<bool> {
    source.seek(SeekFrom::Start(node.body))?;
    let [version, ..]: [u8; 4] = bytes(source)?;
    Ok(version == 1)
}

/// The ticks a second of `mvhd` or `mdhd`: after two times.
fn ticks_hz(source: &mut (impl Read + Seek + ?Sized), node: &Node) -> io::Result<u64> {
    let wide = is_wide(source, node)?;
    source.seek(SeekFrom::Current(if wide { 16 } else { 8 }))?;
    Ok(u32::from_be_bytes(bytes(source)?).into())
}

fn bytes<const N: usize>(source: &mut (impl Read + ?Sized)) -> io::Result<[u8; N]> {
    let mut buffer = [0; N];
    source.read_exact(&mut buffer)?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDIT: Edit = Edit {
        track_id: 1,
        media_time: 2112,
        media_ticks_hz: 44_100,
        duration: 1000,
        movie_ticks_hz: 1000,
    };

    #[test]
    fn the_track_decides_within_a_tick_of_the_movie_and_the_edit_beyond() {
        assert_eq!(EDIT.skip_and_keep(Some(2112 + 44_077), 44_100), (2112, Some(44_077)));
        assert_eq!(EDIT.skip_and_keep(Some(2112 + 45_000), 44_100), (2112, Some(44_100)));
        assert_eq!(EDIT.skip_and_keep(None, 44_100), (2112, Some(44_100)));
        assert_eq!(Edit { duration: 0, ..EDIT }.skip_and_keep(None, 44_100), (2112, None));
    }

    #[test]
    fn ticks_of_another_rate_are_converted() {
        let edit = Edit { media_ticks_hz: 88_200, ..EDIT };
        assert_eq!(edit.skip_and_keep(None, 44_100).0, 1056);
    }
}
