//! JSON forms.
