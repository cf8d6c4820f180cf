//! What results look like: the types of the documentation and of the OpenRPC document.

/// The type of a result or of a part of one.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Always `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number that is never negative.
    Number,
    /// A number that may be negative.
    Signed,
    /// Any text.
    Text,
    /// An amount in smallest units: a string of decimal digits.
    Amount,
    /// A hash: 64 hex digits.
    Hash,
    /// An address.
    Address,
    /// A token's id.
    Token,
    /// Bytes as base64.
    Bytes,
    /// A list.
    List(&'static Shape),
    /// An object whose keys are not known before.
    Map(&'static Shape),
    /// This or `null`.
    Optional(&'static Shape),
    /// An object with known keys.
    Object(&'static Object),
    /// Any JSON.
    Any,
}

/// An object with known keys, in the order in which they are written.
#[derive(Debug)]
pub struct Object {
    /// Name in the documentation.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its keys.
    pub fields: &'static [Field],
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What stands under it.
    pub shape: Shape,
    /// What it means; empty where the name says it.
    pub doc: &'static str,
}

/// A key of an object.
pub const fn field(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, doc }
}

/// Defines an object.
macro_rules! object {
    ($(#[$meta:meta])* $constant:ident, $name:literal, $doc:literal, [$($field:expr),* $(,)?]) => {
        $(#[$meta])*
        pub static $constant: $crate::rpc::shape::Object = $crate::rpc::shape::Object {
            name: $name,
            doc: $doc,
            fields: &[$($field),*],
        };
    };
}
pub(super) use object;
