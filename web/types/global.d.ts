// What browsers have and the checker's libraries may lack.
import "temporal-spec/global";
