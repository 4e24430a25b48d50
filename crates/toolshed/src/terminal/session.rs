pub(crate) struct Handle;
