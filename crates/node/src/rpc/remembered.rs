//! Answers that are remembered for as long as the ledger does not change.
//!
//! A moment of the ledger never changes, so neither does what a method reads off it. Whoever asks the
//! same question before the next block or momentum gets the same bytes. Nothing here keeps a moment
//! alive.

use crate::service::Moment;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Most answers of one method.
const ANSWERS_MAX: usize = 512;
/// Most bytes of one method's answers and questions.
const BYTES_MAX: usize = 256 << 10;
/// Largest answer that is remembered.
const ANSWER_BYTES_MAX: usize = 32 << 10;

/// The answers of one method at the newest moment that it was asked about.
#[derive(Default)]
pub struct Remembered(Mutex<Option<Answers>>);

struct Answers {
    moment: Weak<dyn Moment>,
    by_params: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
}

impl Answers {
    fn is_of(&self, moment: &Arc<dyn Moment>) -> bool {
        // The place of a moment is not given away while we name it.
        std::ptr::addr_eq(self.moment.as_ptr(), Arc::as_ptr(moment))
    }
}

impl Remembered {
    /// Appends the remembered answer, if there is one; tells whether there was.
    pub fn give(&self, moment: &Arc<dyn Moment>, params: &[u8], out: &mut Vec<u8>) -> bool {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answers) = answers.as_ref().filter(|answers| answers.is_of(moment)) else {
            return false;
        };
        match answers.by_params.get(params) {
            Some(answer) => {
                out.extend_from_slice(answer);
                true
            }
            None => false,
        }
    }

    /// Remembers an answer, if it is not too large. What is full is emptied first.
    pub fn keep(&self, moment: &Arc<dyn Moment>, params: &[u8], answer: &[u8]) {
        let more = params.len() + answer.len();
        if more > ANSWER_BYTES_MAX {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |answers: &Answers| {
            answers.is_of(moment)
                && answers.by_params.len() < ANSWERS_MAX
                && answers.bytes + more <= BYTES_MAX
        };
        let answers = match kept.take().filter(fits) {
            Some(answers) => answers,
            None => Answers { moment: Arc::downgrade(moment), by_params: HashMap::new(), bytes: 0 },
        };
        let answers = kept.insert(answers);
        answers.bytes += more;
        answers.by_params.insert(params.to_vec(), answer.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::pending::Pending;
    use ledger::state::Chain;

    struct Nothing;

    impl Moment for Nothing {
        fn chain(&self) -> &dyn Chain {
            unreachable!("only the moment's identity is looked at")
        }

        fn pending(&self) -> &Pending {
            unreachable!("only the moment's identity is looked at")
        }
    }

    fn recall(remembered: &Remembered, moment: &Arc<dyn Moment>, params: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        remembered.give(moment, params, &mut out).then_some(out)
    }

    #[test]
    fn answers_last_as_long_as_their_moment() {
        let one: Arc<dyn Moment> = Arc::new(Nothing);
        let other: Arc<dyn Moment> = Arc::new(Nothing);
        let remembered = Remembered::default();
        assert_eq!(recall(&remembered, &one, b"[1]"), None);
        remembered.keep(&one, b"[1]", b"a");
        assert_eq!(recall(&remembered, &one, b"[1]"), Some(b"a".to_vec()));
        assert_eq!(recall(&remembered, &one, b"[2]"), None);
        assert_eq!(recall(&remembered, &other, b"[1]"), None);
        remembered.keep(&other, b"[1]", b"b");
        assert_eq!(recall(&remembered, &one, b"[1]"), None);
        assert_eq!(recall(&remembered, &other, b"[1]"), Some(b"b".to_vec()));
        let weak = Arc::downgrade(&other);
        drop(other);
        assert!(weak.upgrade().is_none(), "what is remembered keeps no moment");
    }

    #[test]
    fn memory_is_bounded() {
        let moment: Arc<dyn Moment> = Arc::new(Nothing);
        let remembered = Remembered::default();
        remembered.keep(&moment, b"[0]", &vec![0; ANSWER_BYTES_MAX]);
        assert_eq!(recall(&remembered, &moment, b"[0]"), None);
        for number in 0..=u32::try_from(ANSWERS_MAX).expect("some hundred") {
            remembered.keep(&moment, &number.to_be_bytes(), b"a");
        }
        let held = remembered.0.lock().expect("no test panics");
        assert_eq!(held.as_ref().map(|answers| answers.by_params.len()), Some(1));
    }
}
