"""The OpenID AuthZEN Authorization API 1.0: who may do what with what, evaluated and searched for."""
