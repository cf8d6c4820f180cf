//! Paging, with the reference's limits and its 32-bit arithmetic.
//!
//! Source: go-zenon `rpc/api/utils.go`.

use super::failure::{COUNT_TOO_BIG, Failure, PAGE_SIZE_TOO_BIG};

/// Largest page.
pub const PAGE_SIZE_MAX: u32 = 1_024;
/// Most blocks or momentums by height.
pub const COUNT_MAX: u64 = 1_024;

/// Refuses too large a page.
pub fn check_size(size: u32) -> Result<(), Failure> {
    if size > PAGE_SIZE_MAX { Err(PAGE_SIZE_TOO_BIG) } else { Ok(()) }
}

/// Refuses too large a count.
pub fn check_count(count: u64) -> Result<(), Failure> {
    if count > COUNT_MAX { Err(COUNT_TOO_BIG) } else { Ok(()) }
}

/// Page `index` of pages of `size` entries.
pub fn of<T>(list: &[T], index: u32, size: u32) -> &[T] {
    // The product wraps, as it does in the reference.
    let start = index.wrapping_mul(size) as usize;
    let rest = list.get(start..).unwrap_or_default();
    &rest[..rest.len().min(size as usize)]
}

/// Page `index` of heights, newest first, out of `newest` heights: the lowest height and how many.
pub fn of_heights(newest: u64, index: u32, size: u32) -> Option<(u64, u64)> {
    let above = u64::from(index.wrapping_add(1)) * u64::from(size);
    let (start, count) = match newest.checked_sub(above) {
        Some(below) => (below + 1, u64::from(size)),
        None => (1, u64::from(size).saturating_sub(above - newest)),
    };
    (count > 0).then_some((start, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_with_the_list() {
        let list = [1, 2, 3, 4, 5];
        assert_eq!(of(&list, 0, 2), [1, 2]);
        assert_eq!(of(&list, 2, 2), [5]);
        assert_eq!(of(&list, 3, 2), [0; 0]);
        assert_eq!(of(&list, 9, 0), [0; 0]);
        assert_eq!(of(&list, 0, u32::MAX), list);
        // 2 * 0x8000_0001 is 2 in 32 bits.
        assert_eq!(of(&list, 2, 0x8000_0001), [3, 4, 5]);
    }

    #[test]
    fn heights_are_paged_from_the_newest() {
        assert_eq!(of_heights(10, 0, 3), Some((8, 3)));
        assert_eq!(of_heights(10, 3, 3), Some((1, 1)));
        assert_eq!(of_heights(10, 4, 3), None);
        assert_eq!(of_heights(10, 0, 0), None);
        assert_eq!(of_heights(10, 0, 1_024), Some((1, 10)));
        // The index after the last is 0.
        assert_eq!(of_heights(10, u32::MAX, 3), Some((11, 3)));
    }
}
