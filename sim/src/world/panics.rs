//! A panic inside a node is a finding, not the end of the campaign.

use core::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Runs `work`; a panic becomes its message and place.
///
/// # Errors
/// What the panic said, and where.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CATCHING.get() {
                let payload = info.payload();
                let text = payload
                    .downcast_ref::<&str>()
                    .map(|text| (*text).to_owned())
                    .or_else(|| payload.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "a panic without a message".to_owned());
                let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
                MESSAGE.set(Some(format!("{text}{}", place.unwrap_or_default())));
            } else {
                previous(info);
            }
        }));
    });
    let before = CATCHING.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(before);
    outcome.map_err(|_| MESSAGE.take().unwrap_or_else(|| "a panic that told nothing".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_place() {
        let message = catch(|| panic!("number {}", 7)).unwrap_err();
        assert!(message.starts_with("number 7 ("), "{message}");
        assert!(message.contains("panics.rs"), "{message}");
        assert_eq!(catch(|| 3), Ok(3));
    }
}
