//! Extents that are written together: those that lie side by side become one system call, past the system's memory where it can.
//!
//! Through the system's memory, each page of a new file is looked for, taken, filled, and written back by and by, under the lock of the
//! file. The disk reads an aligned buffer in place, which takes a fraction of that.

use std::io::{self, IoSlice};

use rustix::io::Errno;

use super::buffer::Buffer;
use super::volume::Reservation;

/// How many extents one system call writes at most: as many as Linux takes (`IOV_MAX`).
const EXTENTS_MAX: usize = 1_024;
/// How much one system call writes at most, in bytes: what waits behind it should not wait for long.
const BYTES_MAX: usize = 8 << 20;

/// An extent of which nothing is written yet: its header, the attachment, and zeros to its end.
#[derive(Debug)]
pub(super) struct Whole {
    /// The extent.
    pub(super) reservation: Reservation,
    /// All of it.
    pub(super) buffer: Buffer,
}

/// Writes all extents, and gives each back with what came of it and with what was given for it.
pub(super) fn write<T>(mut wholes: Vec<(Whole, T)>) -> Vec<(Whole, io::Result<()>, T)> {
    wholes.sort_unstable_by_key(|(whole, _)| (whole.reservation.place.volume, whole.reservation.place.offset));
    let mut results: Vec<io::Result<()>> = Vec::with_capacity(wholes.len());
    let mut rest = wholes.as_slice();
    while let Some(length) = run(rest) {
        let (together, others) = rest.split_at(length);
        let written = write_run(together);
        results.extend(together.iter().map(|_| written.map_err(io::Error::from)));
        rest = others;
    }
    wholes.into_iter().zip(results).map(|((whole, given), result)| (whole, result, given)).collect()
}

/// How many of the first extents lie side by side and are not too many for one call.
fn run<T>(wholes: &[(Whole, T)]) -> Option<usize> {
    let (first, _) = wholes.first()?;
    let volume = first.reservation.place.volume;
    let mut end = first.reservation.place.offset;
    let (begin, mut count) = (end, 0);
    for (whole, _) in wholes.iter().take(EXTENTS_MAX) {
        let place = whole.reservation.place;
        let bytes = whole.buffer.bytes().len() as u64;
        if place.volume != volume || place.offset != end || (count > 0 && end + bytes - begin > BYTES_MAX as u64) {
            break;
        }
        end += bytes;
        count += 1;
    }
    Some(count)
}

fn write_run<T>(run: &[(Whole, T)]) -> Result<(), Errno> {
    let Some((first, _)) = run.first() else { return Ok(()) };
    let (volume, offset) = (&first.reservation.volume, first.reservation.place.offset);
    match volume.direct.as_ref().map(|direct| write_to(direct, run, offset)) {
        // Nothing of the kind here, or a disk that wants more alignment than all we know of.
        None | Some(Err(Errno::INVAL)) => write_to(&volume.file, run, offset),
        Some(written) => written,
    }
}

fn write_to<T>(file: &std::fs::File, run: &[(Whole, T)], offset: u64) -> Result<(), Errno> {
    let mut slices: Vec<IoSlice<'_>> = run.iter().map(|(whole, _)| IoSlice::new(whole.buffer.bytes())).collect();
    let mut rest = slices.as_mut_slice();
    let mut written = 0;
    while !rest.is_empty() {
        match rustix::io::pwritev(file, rest, offset + written) {
            Ok(0) => return Err(Errno::IO),
            Ok(bytes) => {
                written += bytes as u64;
                IoSlice::advance_slices(&mut rest, bytes);
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
