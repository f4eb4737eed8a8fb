//! Pickle bytes → inert values, with nothing imported and nothing called.
//!
//! A pickle is a program for a small stack machine whose instructions include "import this name" and "call it".
//! [`Pickle::parse`] runs the machine but has no importer and no caller:
//!
//! 1. The few constructors that checkpoints are made of (ordered dictionaries, tensors, storages, shapes) are rebuilt here.
//! 2. A name that runs code (`os.system`, `builtins.eval`, …) makes the whole pickle refused, by that name, even if nothing calls
//!    it: no honest checkpoint mentions one, and its reader should be told.
//! 3. Every other name is inert: checkpoints carry hyper-parameters, paths and optimizers next to their tensors, and those must not
//!    make the tensors unreadable. Calling an inert name gives an inert value; nothing is looked up.
//! 4. Calling a *value* (what a call returned, an attribute fetched at run time) is refused too: that is how a forbidden name hides.
//!
//! Depth, memo and every allocation are bounded by the bytes that are there.

mod construct;
mod globals;
mod input;
mod machine;
mod opcode;
mod value;

pub(super) use machine::MAX_PICKLE_BYTES;
pub(super) use value::{Pickle, StorageRecord, Value};

/// Why pickle bytes were not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PickleError {
    /// The bytes end inside an instruction.
    #[error("the pickle ends early, at byte {offset}")]
    Truncated {
        /// Where the missing bytes should start.
        offset: usize,
    },
    /// An instruction outside the closed list.
    #[error("unknown pickle instruction {opcode:#04x} at byte {offset}")]
    Opcode {
        /// The instruction.
        opcode: u8,
        /// Where it stands.
        offset: usize,
    },
    /// A protocol that is not 2, 3, 4 or 5.
    #[error("pickle protocol {found}, expected 2 to 5")]
    Protocol {
        /// The protocol that the bytes claim.
        found: u8,
    },
    /// An instruction that finds the stack or the memo in another state than it needs.
    #[error("the pickle is malformed at byte {offset}: {expected}")]
    Malformed {
        /// What the instruction needs.
        expected: &'static str,
        /// Where it stands.
        offset: usize,
    },
    /// More nesting or values than any checkpoint has.
    #[error("the pickle holds more than {limit} values on its stack at byte {offset}")]
    TooDeep {
        /// The most that is read.
        limit: usize,
        /// Where it was passed.
        offset: usize,
    },
    /// A name that runs code.
    #[error("the pickle would run code ({name})")]
    Forbidden {
        /// The dotted Python name.
        name: String,
    },
    /// A call of something that is only known at run time.
    #[error("the pickle would call what {name} returns")]
    ComputedCall {
        /// The dotted Python name whose result is called.
        name: String,
    },
}
