"""The application database: who may do what, what is to be done, what was done."""
