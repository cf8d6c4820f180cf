//! RLP forms.
